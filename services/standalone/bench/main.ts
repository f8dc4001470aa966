// `npm run bench [-- --distributed] [names]`: figures as ratios within one run, because machines are noisy. With
// `--distributed` those of the distributed profile, on KAFKA_BROKERS and MONGODB_URI or a stack of its own.
import { parseArgs } from 'node:util';
import { PermanentError } from '@tillstream/kernel';
import { replayFigures } from '@tillstream/projector/bench';
import { rowsFigure } from '@tillstream/supabase-writer/bench';
import { distributedStack, type Figure, figureText } from '@tillstream/testing';
import { DISTRIBUTED_BENCHES } from './distributed/index.js';
import { idleFigures } from './idle.js';
import { memoryFigures } from './memory.js';
import { pipelineFigure } from './pipeline.js';
import { rateFigures } from './rate.js';

type Benches<Stack> = Readonly<Record<string, (stack: Stack) => Promise<readonly Figure[]>>>;

const BENCHES: Benches<void> = {
  pipeline: async () => [await pipelineFigure()],
  rate: rateFigures,
  idle: idleFigures,
  memory: memoryFigures,
  rows: async () => [await rowsFigure()],
  replay: replayFigures,
};

const { values, positionals } = parseArgs({
  options: { distributed: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const missed = values.distributed ? await measureDistributed() : await measure(BENCHES, undefined);
process.stdout.write(missed === 0 ? 'all goals met\n' : `${missed} goal(s) missed\n`);
process.exit(0);

async function measureDistributed(): Promise<number> {
  const stack = await distributedStack();
  try {
    return await measure(DISTRIBUTED_BENCHES, stack);
  } finally {
    await stack.stop();
  }
}

/** Prints the figures as they come; the number of goals missed. */
async function measure<Stack>(benches: Benches<Stack>, stack: Stack): Promise<number> {
  const names = Object.keys(benches);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new PermanentError('bench_unknown', `no "${unknown[0]}"; use ${names.join(', ')}`);
  let misses = 0;
  for (const [name, bench] of Object.entries(benches)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for (const figure of await bench(stack)) {
      if (!figure.met) misses += 1;
      process.stdout.write(figureText(figure));
    }
  }
  return misses;
}
