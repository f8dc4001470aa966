import { figureText } from '@tillstream/testing';
import { rowsFigure } from './rows.js';

process.stdout.write(figureText(await rowsFigure()));
