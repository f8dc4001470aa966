import { replayFigures } from './replay.js';

process.stdout.write(`${JSON.stringify(await replayFigures(), null, 1)}\n`);
