import { rowsFigure } from './rows.js';

process.stdout.write(`${JSON.stringify(await rowsFigure())}\n`);
