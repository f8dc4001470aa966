import path from 'node:path';
import type { EventLog, TopicDefinition } from '@tillstream/event-log';
import { SystemClock } from '@tillstream/kernel';
import { distributedStack, eventually, type OwnServer, ownServer, startTypeScript } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openKafkaEventLog, openKafkaEventLogPatiently } from './index.js';

const TOPIC: TopicDefinition = { name: 'faults.v1', partitions: 3, retentionMs: null };
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Access {
  readonly brokers: readonly string[];
  readonly prefix?: string;
  readonly password?: string;
}

const options = ({ brokers, prefix = '', password }: Access, topics = [TOPIC], createTopics = true) => ({
  connection: {
    brokers,
    clientId: 'faults',
    ...(password === undefined ? {} : { sasl: { mechanism: 'plain' as const, username: 'shop', password } }),
  },
  topics,
  topicPrefix: prefix,
  createTopics,
  sessionTimeoutMs: 1500,
  clock: new SystemClock(),
});

async function open(access: Access, topics = [TOPIC]): Promise<EventLog> {
  const log = await openKafkaEventLog(options(access, topics));
  cleanups.push(() => log.close());
  return log;
}

async function own(users?: Record<string, string>): Promise<OwnServer> {
  const server = await ownServer('kafka', users ? { users } : {});
  cleanups.push(() => server.stop());
  return server;
}

/** Appends numbered records of every key, one append after the other, until told to stop; returns the last number. */
function produce(log: EventLog) {
  let running = true;
  const done = (async () => {
    let number = 0;
    for (; running; number += 1) {
      const value = String(number);
      await log.append(KEYS.map((key) => ({ topic: TOPIC.name, key, value })));
    }
    return number;
  })();
  return {
    end: () => {
      running = false;
      return done;
    },
  };
}

/** First appearances of each key's numbers, in order of arrival. */
function firsts(records: readonly { key: string; value: string }[], key: string): number[] {
  return [...new Set(records.filter((each) => each.key === key).map(({ value }) => Number(value)))];
}

describe('broker killed with SIGKILL under load and started again', () => {
  it('loses nothing, keeps the order of each key, and repeats no more than what was on its way', async () => {
    const server = await own();
    const log = await open({ brokers: [server.address] });
    const seen: { key: string; value: string }[] = [];
    const subscription = await log.subscribe({
      group: 'g',
      topics: [TOPIC.name],
      handler: async ({ records }) => void seen.push(...records),
    });
    const load = produce(log);
    await eventually(() => seen.length > 500, { timeoutMs: 20_000 });
    await server.kill();
    await eventually(() => subscription.lastError, { timeoutMs: 20_000 });
    await server.restart();
    const before = seen.length;
    await eventually(() => seen.length > before + 500, { timeoutMs: 40_000 });
    const count = await load.end();
    const all = Array.from({ length: count }, (_, index) => index);
    await eventually(() => KEYS.every((key) => firsts(seen, key).length === count), { timeoutMs: 20_000 });
    for (const key of KEYS) expect(firsts(seen, key)).toEqual(all);
    const ends = await log.endOffsets(TOPIC.name);
    expect(ends.reduce((sum, end) => sum + end, 0)).toBeLessThanOrEqual((count + 1) * KEYS.length);
    expect(subscription.lastError).toBeUndefined();
  }, 120_000);
});

describe('consumer stopped (SIGSTOP) past its session timeout', () => {
  it('has lost its partitions when it goes on: another one took them, its late commit is refused', async () => {
    const { brokers, prefix } = await distributedStack();
    const topics = [{ ...TOPIC, partitions: 1 }];
    const log = await open({ brokers, prefix }, topics);
    await log.append(['0', '1', '2'].map((value) => ({ topic: TOPIC.name, key: 'k', value })));
    const child = startTypeScript(path.join(import.meta.dirname, '../test/hold-child.ts'), [
      brokers.join(','),
      prefix,
      TOPIC.name,
      'g',
    ]);
    cleanups.push(() => child.kill());
    await child.printed(1);
    child.signal('SIGSTOP');
    const seen: string[] = [];
    const subscription = await log.subscribe({
      group: 'g',
      topics: [TOPIC.name],
      handler: async ({ records }) => void seen.push(...records.map(({ value }) => value)),
    });
    await eventually(() => seen.length === 3, { timeoutMs: 20_000 });
    await eventually(async () => (await log.committedOffsets('g', TOPIC.name))[0] === 3, { timeoutMs: 5000 });
    child.signal('SIGCONT');
    await eventually(() => child.lines.includes('done 0'), { timeoutMs: 20_000 });
    await eventually(async () => (await log.committedOffsets('g', TOPIC.name))[0] === 3);
    await log.append([{ topic: TOPIC.name, key: 'k', value: '3' }]);
    await eventually(async () => (await log.committedOffsets('g', TOPIC.name))[0] === 4, { timeoutMs: 20_000 });
    // The held record was delivered to both, the ones behind it never to the stopped consumer.
    expect(seen.slice(0, 3)).toEqual(['0', '1', '2']);
    expect(child.lines.filter((line) => line === 'begun 1' || line === 'begun 2')).toEqual([]);
    await subscription.stop();
  }, 60_000);
});

describe('what a person must put right', () => {
  it('says which topics are missing when it may not create them, and what is wrong with their partitions', async () => {
    const { brokers, prefix } = await distributedStack();
    const checking = openKafkaEventLog(options({ brokers, prefix }, [TOPIC], false));
    await expect(checking).rejects.toMatchObject({ family: 'permanent', code: 'topic_missing' });
    await open({ brokers, prefix });
    const more = openKafkaEventLog(options({ brokers, prefix }, [{ ...TOPIC, partitions: 4 }]));
    await expect(more).rejects.toMatchObject({ family: 'permanent', code: 'topic_partitions_changed' });
  });

  it('tells wrong credentials, tries again with growing pauses, and opens once they are right', async () => {
    const server = await own({ shop: 'right' });
    const brokers = [server.address];
    const wrong = openKafkaEventLog(options({ brokers, password: 'wrong-secret' }));
    const error = await wrong.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ family: 'permanent', code: 'log_auth_failed' });
    expect(error?.message).not.toContain('wrong-secret');

    const failures: { code: string; at: number }[] = [];
    const access = { brokers, password: 'wrong-secret' };
    const giveUp = new AbortController();
    const patient = openKafkaEventLogPatiently(options(access), {
      signal: giveUp.signal,
      onFailure: (failure) => failures.push({ code: (failure as { code?: string }).code ?? '', at: performance.now() }),
    });
    await eventually(() => failures.length >= 4, { timeoutMs: 20_000 });
    giveUp.abort();
    await expect(patient).rejects.toMatchObject({ name: 'AbortError' });
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['log_auth_failed']));
    const [first, second, third, fourth] = failures.map(({ at }) => at);
    expect((fourth ?? 0) - (third ?? 0)).toBeGreaterThan((second ?? 0) - (first ?? 0));
    const log = await open({ brokers, password: 'right' });
    expect(await log.endOffsets(TOPIC.name)).toEqual([0, 0, 0]);
  }, 60_000);

  it('says that nobody answers', async () => {
    const nobody = openKafkaEventLog(options({ brokers: ['127.0.0.1:1'] }));
    await expect(nobody).rejects.toMatchObject({ family: 'transient', code: 'log_unavailable' });
  });

  it('refuses a record that no broker would take, and goes on', async () => {
    const { brokers, prefix } = await distributedStack();
    const log = await open({ brokers, prefix });
    const value = 'x'.repeat(17 * 1024 * 1024);
    await expect(log.append([{ topic: TOPIC.name, key: 'k', value }])).rejects.toMatchObject({
      code: 'record_too_large',
    });
    expect(await log.append([{ topic: TOPIC.name, key: 'k', value: 'small' }])).toHaveLength(1);
  });
});
