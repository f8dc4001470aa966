import { COLLECTIONS, type ProjectStatusDocument, TOPICS } from '@tillstream/contracts';
import { schemaSql } from '@tillstream/supabase';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, rawOrder, TENANT, type Way } from './harness.js';

const PLACE = { schema: 'public', prefix: 'woo_' };
let harness: Harness;
afterEach(() => harness.close());

describe.each<Way>(['postgres', 'dataApi'])('by %s', (way) => {
  const begin = async (options = {}) => {
    harness = await Harness.start(way, options);
    if (way === 'dataApi') await harness.sandbox.control.sql(schemaSql(PLACE));
  };

  it('writes records, reports each with its document, and repeats change nothing', async () => {
    await begin();
    await harness.send(Array.from({ length: 60 }, (_, index) => ({ id: index + 1, version: 1 })));
    const settled = await harness.settled(60);
    expect(settled.get('woo:7@1')).toMatchObject({
      target: 'supabase',
      outcome: 'created',
      problem: null,
      documents: [
        {
          remoteType: 'woo_orders',
          remoteId: '7',
          docNumber: '7',
          totalMinor: 4428,
          currency: 'USD',
          remoteVersion: '1',
        },
      ],
    });
    await harness.send([
      { id: 7, version: 1 },
      { id: 8, version: 2, payload: { raw: rawOrder(8, { status: 'completed' }) } },
      { id: 9, version: 2, hash: 'h1' },
    ]);
    const later = await harness.settled(62);
    expect(later.get('woo:7@1')?.outcome).toBe('created');
    expect(later.get('woo:8@2')?.outcome).toBe('updated');
    expect(later.get('woo:9@2')?.outcome).toBe('unchanged');
    expect(await harness.rows('orders')).toHaveLength(60);
    expect(await harness.rows('order_lines')).toHaveLength(60);
    // Nothing but what waited has a document of its own.
    expect(await harness.storage.store.count('supabase_work')).toBe(0);
  });

  it('refuses only the record with a zero character', async () => {
    await begin();
    await harness.send([
      { id: 1, version: 1 },
      { id: 2, version: 1, payload: { raw: rawOrder(2, { note: 'a\0b' }) } },
    ]);
    const settled = await harness.settled(2);
    expect(settled.get('woo:1@1')?.outcome).toBe('created');
    expect(settled.get('woo:2@1')).toMatchObject({
      outcome: 'failed',
      problem: { code: 'row_rejected', category: 'permanent' },
    });
  });

  it('keeps the newest version while the project is paused, and goes on by itself', async () => {
    await begin();
    await harness.send([{ id: 1, version: 1 }]);
    await harness.settled(1);
    await harness.sandbox.control.set({ paused: true });
    await harness.send([
      { id: 1, version: 2, payload: { raw: rawOrder(1, { status: 'on-hold' }) } },
      { id: 2, version: 2 },
    ]);
    await eventually(() => harness.writer.openWork() === 2, { timeoutMs: 10_000 });
    await harness.send([{ id: 1, version: 3, payload: { raw: rawOrder(1, { status: 'completed' }) } }]);
    const deferred = await eventually(
      async () => {
        const found = (await harness.events(TOPICS.results.name)).filter((event) => event.type === 'WorkDeferred');
        return found.some(({ facts }) => facts.sourceVersion === 3) ? found : null;
      },
      { timeoutMs: 10_000 },
    );
    expect(deferred[0]?.facts).toMatchObject({ problem: { code: 'supabase_unavailable', category: 'transient' } });
    await harness.restart();
    await harness.sandbox.control.set({ paused: false });
    const settled = await harness.settled(3);
    expect(settled.get('woo:1@3')?.outcome).toBe('updated');
    expect(settled.has('woo:1@2')).toBe(false);
    expect(await harness.rows('orders')).toMatchObject([{ status: 'completed' }, { id: '2' }]);
    expect(harness.writer.openWork()).toBe(0);
  });

  it('plans what a run would do without writing', async () => {
    await begin();
    await harness.send([
      { id: 1, version: 1 },
      { id: 2, version: 1 },
    ]);
    await harness.settled(2);
    const before = await harness.rows('orders');
    const ask = (ordinal: number, id: number, contentHash: string, raw: unknown) =>
      harness.publish(
        TOPICS.planSupabase.name,
        'PlanRequested',
        {
          syncId: 'run_2',
          ordinal,
          target: 'supabase',
          entity: 'orders',
          sourceId: `woo:${id}`,
          sourceNumber: String(id),
          remoteName: harness.projectId,
          contentHash,
        },
        { rows: { raw } },
      );
    await ask(0, 1, 'h1', rawOrder(1));
    await ask(1, 2, 'h9', rawOrder(2, { status: 'completed' }));
    await ask(2, 3, 'h1', rawOrder(3));
    const answers = await eventually(async () => {
      const found = (await harness.events(TOPICS.planAnswers.name)).filter((event) => event.type === 'PlanAnswered');
      return found.length === 3 ? found : null;
    });
    const byOrdinal = new Map(answers.map((event) => [event.facts.ordinal, event]));
    expect(byOrdinal.get(0)).toMatchObject({ facts: { action: 'none', writes: 0 }, payload: { diff: [] } });
    expect(byOrdinal.get(1)).toMatchObject({
      facts: { action: 'update', writes: 1, predictedTotal: null },
      payload: { diff: [{ field: 'status', from: 'processing', to: 'completed' }] },
    });
    expect(byOrdinal.get(2)).toMatchObject({ facts: { action: 'create', writes: 1 } });
    expect(await harness.rows('orders')).toEqual(before);
  });

  it('answers a connection test and shows it in the status', async () => {
    await begin();
    const deadline = new Date(harness.clock.now() + 600_000).toISOString();
    await harness.publish(TOPICS.supabaseCommands.name, 'TestSupabaseConnection', { replyTo: 'r1', deadline });
    const [reply] = await eventually(async () => {
      const found = (await harness.events(TOPICS.supabaseReplies.name)).filter((event) => event.type === 'WriterReply');
      return found.length === 1 ? found : null;
    });
    expect(reply?.facts).toMatchObject({ replyTo: 'r1', ok: true });
    const status = await harness.storage.store.get<ProjectStatusDocument>(
      COLLECTIONS.projectStatus.name,
      `${TENANT}:${harness.projectId}`,
    );
    expect(status?.doc).toMatchObject({ status: 'connected' });
  });

  it('does not write twice when the answer is lost after the commit', async () => {
    await begin();
    harness.sandbox.control.addFault({
      kind: 'dropReplyAfterCommit',
      match: way === 'dataApi' ? { path: '/rpc/woo_apply' } : { method: 'WIRE', path: 'commit' },
      times: 1,
    });
    await harness.send([{ id: 1, version: 1 }]);
    expect((await harness.settled(1)).get('woo:1@1')?.outcome).toBe('created');
    expect(await harness.rows('orders')).toHaveLength(1);
    expect(harness.sandbox.control.firedFaults).toHaveLength(1);
  });
});

it('says what is missing with the Data API alone, holds the work, and goes on once the SQL was run', async () => {
  harness = await Harness.start('dataApi');
  await harness.send([{ id: 1, version: 1 }]);
  const deferred = await eventually(async () =>
    (await harness.events(TOPICS.results.name)).find((event) => event.type === 'WorkDeferred'),
  );
  expect(deferred?.facts).toMatchObject({
    nextAttemptAt: null,
    problem: { code: 'supabase_schema_missing', category: 'held' },
  });
  await harness.sandbox.control.sql(schemaSql(PLACE));
  expect((await harness.settled(1)).get('woo:1@1')?.outcome).toBe('created');
});

it('holds the work of a project that refuses the key', async () => {
  harness = await Harness.start('dataApi');
  await harness.connect('dataApi', 'sb_secret_wrong_0000000000000000000000000');
  await harness.send([{ id: 1, version: 1 }]);
  const deferred = await eventually(async () =>
    (await harness.events(TOPICS.results.name)).find((event) => event.type === 'WorkDeferred'),
  );
  expect(deferred?.facts).toMatchObject({ problem: { code: 'supabase_access_denied', category: 'held' } });
});
