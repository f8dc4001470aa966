import { allTopicDefinitions, COLLECTIONS, decodeEvent } from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { InvariantError } from '@tillstream/kernel';
import { openTempStorage, type TempStorage } from '@tillstream/testing';
import { PROJECTED_TOPICS } from '../src/projector.js';
import { AT_THE_START, endsOf, replay } from '../src/rebuild/replay.js';
import { dropShadows, SHADOW_COLLECTIONS, shadowOf } from '../src/rebuild/shadows.js';
import { History } from './history.js';

/** The shape of services/standalone/bench/stats.ts. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
  readonly detail: string;
}

const SMALL = 100_000;
const LARGE = 1_000_000;
const ROUNDS = 3;
const PAGE = 2000;
const SPEED_GOAL = 0.15;
/** 1 M events at most so many times as long as 100 k. */
const GROWTH_GOAL = 11;

interface Round {
  readonly rawMs: number;
  readonly replayMs: number;
}

/**
 * Folding a log into read models as a rebuild does, against reading the same log and doing nothing: seconds of one
 * process on one file, alternating. And whether ten times the events take ten times as long.
 */
export async function replayFigures(): Promise<readonly Figure[]> {
  const small = await filled(SMALL);
  const large = await filled(LARGE);
  try {
    const memory = new MemoryWatch();
    const rounds: { readonly small: Round; readonly large: Round }[] = [];
    await measure(small, SMALL); // warms up
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push({ small: await measure(small, SMALL), large: await measure(large, LARGE, memory) });
    }
    return [speed(rounds, memory), growth(rounds)];
  } finally {
    await small.close();
    await large.close();
  }
}

function speed(rounds: readonly { readonly large: Round }[], memory: MemoryWatch): Figure {
  const ratios = rounds.map(({ large }) => large.rawMs / large.replayMs);
  const ratio = median(ratios);
  const rate = (pick: keyof Round) => Math.round((LARGE * 1000) / median(rounds.map(({ large }) => large[pick])));
  return {
    name: `replay of ${LARGE} events into read models / reading the log raw`,
    value: ratio.toFixed(3),
    goal: `>= ${SPEED_GOAL}`,
    met: ratio >= SPEED_GOAL,
    detail:
      `${rounds.length} rounds: ${rate('replayMs')} of ${rate('rawMs')} events/s; ratios ${texts(ratios, 3)}; ` +
      `memory while replaying at most ${memory.mostMegabytes} MB`,
  };
}

function growth(rounds: readonly { readonly small: Round; readonly large: Round }[]): Figure {
  const ratios = rounds.map(({ small, large }) => large.replayMs / small.replayMs);
  const ratio = median(ratios);
  const seconds = (pick: 'small' | 'large') => texts([median(rounds.map((round) => round[pick].replayMs)) / 1000], 2);
  return {
    name: `replay of ${LARGE} events / of ${SMALL}`,
    value: ratio.toFixed(2),
    goal: `<= ${GROWTH_GOAL}`,
    met: ratio <= GROWTH_GOAL,
    detail: `${rounds.length} rounds: ${seconds('large')} s against ${seconds('small')} s; ratios ${texts(ratios, 2)}`,
  };
}

/** A log of `events` events, read from the file as after a restart. */
async function filled(events: number): Promise<TempStorage> {
  const storage = openTempStorage({
    topics: allTopicDefinitions(),
    collections: [...Object.values(COLLECTIONS), ...SHADOW_COLLECTIONS],
  });
  for (const records of new History().records(events)) {
    // What the schemas refuse would be skipped, and fast; both logs come from the same generator.
    if (events === SMALL) for (const { value } of records) decodeEvent(value);
    await storage.log.append(records);
  }
  await storage.reopen();
  return storage;
}

async function measure(storage: TempStorage, events: number, memory?: MemoryWatch): Promise<Round> {
  const { log, store } = storage;
  await dropShadows(store);
  const rawMs = await timed(async () => {
    if ((await readAll(log)) !== events) throw new InvariantError('bench_log', 'the log is not what was appended');
  });
  let folded = 0;
  const onProgress = (count: number) => {
    folded += count;
    memory?.look();
  };
  const to = await endsOf(log);
  const replayMs = await timed(() => replay(AT_THE_START, to, { log, store, placeOf: shadowOf, onProgress }));
  if (folded !== events) throw new InvariantError('bench_replay', `${folded} of ${events} events were folded`);
  return { rawMs, replayMs };
}

async function readAll(log: EventLog): Promise<number> {
  let count = 0;
  for (const topic of PROJECTED_TOPICS) {
    for (const [partition, end] of (await log.endOffsets(topic)).entries()) {
      for (let offset = 0; offset < end; ) {
        const records = await log.read(topic, partition, offset, PAGE);
        count += records.length;
        offset = (records.at(-1)?.offset ?? end) + 1;
      }
    }
  }
  return count;
}

class MemoryWatch {
  #most = 0;

  look(): void {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }

  get mostMegabytes(): number {
    return Math.round(this.#most / 1024 / 1024);
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

const texts = (values: readonly number[], digits: number): string =>
  values.map((value) => value.toFixed(digits)).join(' ');

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
