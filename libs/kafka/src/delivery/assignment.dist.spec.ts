import type { Assignment, EventLog, TopicDefinition } from '@tillstream/event-log';
import { SystemClock } from '@tillstream/kernel';
import { distributedStack, eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openKafkaEventLog } from '../index.js';

const LEFT: TopicDefinition = { name: 'left.v1', partitions: 6, retentionMs: null };
const RIGHT: TopicDefinition = { name: 'right.v1', partitions: 6, retentionMs: null };
const ALL = [0, 1, 2, 3, 4, 5];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openMembers(count: number): Promise<EventLog[]> {
  const stack = await distributedStack();
  cleanups.push(() => stack.stop());
  const logs: EventLog[] = [];
  for (let index = 0; index < count; index += 1) {
    const log = await openKafkaEventLog({
      connection: { brokers: stack.brokers, clientId: `member-${index}` },
      topics: [LEFT, RIGHT],
      topicPrefix: stack.prefix,
      sessionTimeoutMs: 1500,
      clock: new SystemClock(),
    });
    cleanups.push(() => log.close());
    logs.push(log);
  }
  return logs;
}

async function member(log: EventLog, onAssigned: (assignment: Assignment) => void) {
  return log.subscribe({ group: 'members', topics: [LEFT.name, RIGHT.name], onAssigned, handler: async () => {} });
}

const of = (assignment: Assignment | undefined, topic: TopicDefinition) => [...(assignment?.get(topic.name) ?? [])];

describe('assignment over a group of several members', () => {
  it('shares partitions out, the same ones of each topic to a member, and hands them on when one leaves', async () => {
    const [first, second] = (await openMembers(2)) as [EventLog, EventLog];
    const told: { first: Assignment[]; second: Assignment[] } = { first: [], second: [] };
    await member(first, (assignment) => void told.first.push(assignment));
    await eventually(() => of(told.first.at(-1), LEFT).length === ALL.length, { timeoutMs: 20_000 });
    const leaving = await member(second, (assignment) => void told.second.push(assignment));
    await eventually(
      () => {
        const shares = [of(told.first.at(-1), LEFT), of(told.second.at(-1), LEFT)];
        expect(shares.map((share) => share.length)).toEqual([3, 3]);
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(ALL);
        expect(of(told.first.at(-1), RIGHT)).toEqual(shares[0]);
        expect(of(told.second.at(-1), RIGHT)).toEqual(shares[1]);
        return true;
      },
      { timeoutMs: 20_000 },
    );
    await leaving.stop();
    await eventually(() => of(told.first.at(-1), LEFT).length === ALL.length, { timeoutMs: 20_000 });
  });

  it('is told again while the follower cannot take over, delivers nothing meanwhile and says so', async () => {
    const [log] = (await openMembers(1)) as [EventLog];
    await log.append([{ topic: LEFT.name, key: 'a', value: '1' }]);
    let refusals = 3;
    const seen: string[] = [];
    const subscription = await log.subscribe({
      group: 'refusing',
      topics: [LEFT.name],
      onAssigned: () => {
        if (refusals === 0) return;
        refusals -= 1;
        throw new TypeError('the store is away');
      },
      handler: async ({ records }) => void seen.push(`${refusals}:${records[0]?.value}`),
    });
    await eventually(() => subscription.lastError?.message === 'the store is away', { timeoutMs: 20_000 });
    await eventually(() => seen.length === 1, { timeoutMs: 20_000 });
    expect(seen).toEqual(['0:1']);
    expect(subscription.lastError).toBeUndefined();
  });
});
