// `npm run bench`: figures as ratios within one run, because machines are noisy. Arguments select figures by name.
import { replayFigures } from '@tillstream/projector/bench';
import { rowsFigure } from '@tillstream/supabase-writer/bench';
import { type Figure, figureText } from '@tillstream/testing';
import { idleFigures } from './idle.js';
import { memoryFigures } from './memory.js';
import { pipelineFigure } from './pipeline.js';
import { rateFigures } from './rate.js';

const BENCHES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  pipeline: async () => [await pipelineFigure()],
  rate: rateFigures,
  idle: idleFigures,
  memory: memoryFigures,
  rows: async () => [await rowsFigure()],
  replay: replayFigures,
};

const wanted = process.argv.slice(2);
let missed = 0;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const figure of await bench()) {
    if (!figure.met) missed += 1;
    process.stdout.write(figureText(figure));
  }
}
process.stdout.write(missed === 0 ? 'all goals met\n' : `${missed} goal(s) missed\n`);
process.exit(0);
