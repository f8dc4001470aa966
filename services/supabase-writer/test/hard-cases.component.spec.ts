import { COLLECTIONS, TOPICS } from '@tillstream/contracts';
import { eventually } from '@tillstream/testing';
import { afterEach, expect, it } from 'vitest';
import { Harness, rawOrder, type SentWork } from './harness.js';

let harness: Harness;
afterEach(() => harness.close());

const many = (count: number, version = 1): SentWork[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, version }));

it('halves a batch that takes too long until it fits, and writes all of it', async () => {
  harness = await Harness.start('postgres', { statementTimeoutMs: 400 });
  await harness.send([{ id: 1_000_000, version: 1 }]);
  await harness.settled(1);
  // 10 ms a row: a partition's batch of some 80 rows is too slow, half of it is not.
  await harness.sandbox.control.sql(
    `create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.01); return new; end';
     create trigger slow before insert on woo_orders for each row execute function slow();`,
  );
  await harness.send(many(900));
  const settled = await harness.settled(901, 60_000);
  expect([...settled.values()].every(({ outcome }) => outcome === 'created')).toBe(true);
  const codes = harness.sandbox.control.statements.flatMap(({ code }) => code ?? []);
  expect(codes).toContain('57014');
});

it('reports the one record of many that the database refuses', async () => {
  harness = await Harness.start('postgres');
  await harness.send([{ id: 1_000_000, version: 1 }]);
  await harness.settled(1);
  await harness.sandbox.control.sql('alter table woo_orders add constraint small check (total < 100)');
  await harness.send([...many(50), { id: 51, version: 1, payload: { raw: rawOrder(51, { total: '100.00' }) } }]);
  const settled = await harness.settled(52);
  expect(settled.get('woo:51@1')).toMatchObject({
    outcome: 'failed',
    problem: { code: 'row_rejected', remote: { faultCode: '23514' } },
  });
  expect([...settled.values()].filter(({ outcome }) => outcome === 'created')).toHaveLength(51);
});

it('takes the newest of several versions in one go and says that the others were overtaken', async () => {
  harness = await Harness.start('postgres');
  await harness.send(
    [3, 1, 2].map((version) => ({ id: 1, version, payload: { raw: rawOrder(1, { status: `v${version}` }) } })),
  );
  const settled = await harness.settled(3);
  expect(settled.get('woo:1@1')).toMatchObject({ outcome: 'skipped', problem: { code: 'superseded' } });
  expect(settled.get('woo:1@3')?.outcome).toBe('created');
  expect(await harness.rows('orders')).toMatchObject([{ status: 'v3' }]);
});

it('does not let the work of another project wait for one that is down, and forgets that of a replaced one', async () => {
  harness = await Harness.start('postgres');
  await harness.sandbox.control.set({ paused: true });
  await harness.send([{ id: 1, version: 1 }]);
  await eventually(() => harness.writer.openWork() === 1);
  await harness.send([{ id: 2, version: 1, projectId: 'https://old.example' }]);
  const settled = await harness.settled(1);
  expect(settled.get('woo:2@1')).toMatchObject({ outcome: 'skipped', problem: { code: 'superseded' } });
  expect(harness.writer.openWork()).toBe(1);
});

it('holds work while nothing is connected and goes on with the connection', async () => {
  harness = await Harness.start('postgres');
  await harness.storage.store.bulkWrite([
    { op: 'delete', collection: COLLECTIONS.connections.name, id: 'default:supabase', expectedVersion: null },
  ]);
  await harness.send([{ id: 1, version: 1 }]);
  const deferred = await eventually(async () =>
    (await harness.events(TOPICS.results.name)).find((event) => event.type === 'WorkDeferred'),
  );
  expect(deferred?.facts).toMatchObject({
    nextAttemptAt: null,
    problem: { code: 'connection_missing', category: 'held' },
  });
  await harness.connect('postgres');
  const facts = {
    platform: 'supabase',
    connectionId: 'con_sb',
    identity: harness.projectId,
    removed: false,
    identityReplaced: false,
  } as const;
  await harness.publish(TOPICS.config.name, 'ConnectionChanged', facts);
  expect((await harness.settled(1)).get('woo:1@1')?.outcome).toBe('created');
});

it('tells a run after five minutes at most that it need not wait for a dead project', async () => {
  harness = await Harness.start('postgres', {}, 600);
  await harness.sandbox.control.set({ paused: true });
  const began = harness.clock.now();
  await harness.send(many(20));
  const deferrals = await eventually(
    async () => {
      const far = (await harness.events(TOPICS.results.name)).filter(
        (event) =>
          event.type === 'WorkDeferred' &&
          Date.parse(event.facts.nextAttemptAt ?? '') - Date.parse(event.occurredAt) > 300_000,
      );
      return new Set(far.map(({ facts }) => (facts as { sourceId: string }).sourceId)).size === 20 ? far : null;
    },
    { timeoutMs: 20_000 },
  );
  const last = Math.max(...deferrals.map(({ occurredAt }) => Date.parse(occurredAt)));
  // The waits below the last one add up to 185 s; the rest is real time of this machine, times 600.
  expect(last - began).toBeGreaterThan(150_000);
});

it('tries again what lost a deadlock against somebody else in the database, and loses nothing', async () => {
  harness = await Harness.start('postgres');
  await harness.send(many(40));
  await harness.settled(40);
  harness.sandbox.control.clearLog();
  // Another transaction takes the rows from the end, a batch takes them from the beginning: they meet in the middle. The
  // stranger is patient and quick enough to be there when the batch looks for a deadlock, a second after it began to wait.
  const stranger = harness.sandbox.control
    .sql(
      `begin;
       set local deadlock_timeout = '20s';
       select 1 from woo_orders where id::int between 21 and 40 for update;
       select pg_sleep(0.5);
       select 1 from woo_orders where id::int <= 20 for update;
       commit;`,
    )
    .then(
      () => 'committed',
      () => 'lost',
    );
  const sleeping = "select pid from pg_stat_activity where wait_event = 'PgSleep'";
  await eventually(async () => (await harness.sandbox.control.sql(sleeping)).length > 0);
  await harness.send(many(40, 2));
  const settled = await harness.settled(80, 30_000);
  expect(await stranger).toBe('committed');
  expect(harness.sandbox.control.statements.flatMap(({ code }) => code ?? [])).toContain('40P01');
  expect([...settled.values()].filter(({ outcome: how }) => how === 'updated')).toHaveLength(40);
  expect((await harness.rows('orders')).every((row) => Number(row['source_version']) === 2)).toBe(true);
}, 60_000);
