import { figureText } from '@tillstream/testing';
import { replayFigures } from './replay.js';

for (const figure of await replayFigures()) process.stdout.write(figureText(figure));
