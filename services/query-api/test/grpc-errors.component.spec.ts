import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { COLLECTIONS, type SyncEvent, TOPICS } from '@tillstream/contracts';
import { TransientError } from '@tillstream/kernel';
import { type Logger, SILENT_LOGGER } from '@tillstream/observability';
import { Entity, Mode, SyncServiceClient, SyncStatus, Target } from '@tillstream/proto';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient, refusalOf } from './grpc-client.js';
import { CountingClock, put, run } from './grpc-fixtures.js';
import { type Decision, Harness } from './harness.js';

const ORDERS = Entity.ENTITY_ORDERS;
const NO_FILTERS = { status: [], createdAfter: undefined, createdBefore: undefined, modifiedAfter: undefined };
/** 0001-01-01 is the first day a timestamp can name; this is before it. */
const BEFORE_TIME = new Date(Date.UTC(-5, 0, 1));

let h: Harness;
let clock: CountingClock;
beforeEach(() => {
  clock = new CountingClock();
  h = new Harness(clock);
});
afterEach(() => h.stop());

async function requested(): Promise<number> {
  return (await h.events(TOPICS.requests.name)).length;
}

/** The end of a GetSync with bytes for a message. */
async function refusedBytes(address: string, bytes: Buffer) {
  const raw = new SyncServiceClient(address, credentials.createInsecure());
  const metadata = new GrpcClient(address).metadata();
  const path = '/tillstream.sync.v1.SyncService/GetSync';
  const error = await new Promise<ServiceError | null>((resolve) => {
    raw.makeUnaryRequest(
      path,
      () => bytes,
      (answer) => answer,
      null,
      metadata,
      resolve,
    );
  });
  raw.close();
  return refusalOf(error);
}

describe('bad messages', () => {
  let client: GrpcClient;
  beforeEach(async () => {
    client = new GrpcClient(await h.serveGrpc());
  });
  afterEach(() => client.close());

  it.each<[string, Parameters<typeof client.call<'triggerSync'>>[1], string]>([
    ['no entity', {}, 'entity'],
    ['a key of 201 characters', { entity: ORDERS, idempotencyKey: 'x'.repeat(201) }, 'idempotency_key'],
    ['an id that is no number', { entity: ORDERS, ids: ['1042; drop'] }, 'ids.0'],
    ['1001 ids', { entity: ORDERS, ids: Array<string>(1_001).fill('1') }, 'ids'],
    [
      'a filter the entity does not have',
      { entity: Entity.ENTITY_CUSTOMERS, filters: { ...NO_FILTERS, createdAfter: new Date(0) } },
      'filters.created_after',
    ],
    [
      'a time before all time',
      { entity: ORDERS, filters: { ...NO_FILTERS, modifiedAfter: BEFORE_TIME } },
      'filters.modified_after',
    ],
    ['an unknown mode', { entity: ORDERS, mode: Mode.UNRECOGNIZED }, 'mode'],
    ['an unknown target', { entity: ORDERS, target: Target.UNRECOGNIZED }, 'target'],
    ['an unknown entity', { entity: Entity.UNRECOGNIZED }, 'entity'],
  ])('TriggerSync with %s is INVALID_ARGUMENT, names the field and starts nothing', async (_, request, field) => {
    const refusal = await client.refused('triggerSync', request);
    expect(refusal).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'validation_failed',
      domain: 'tillstream',
      fields: [field],
      retryAfterS: undefined,
    });
    expect(refusal.details).toContain(field);
    expect(await requested()).toBe(0);
  });

  it.each([-1, 201, 100_000])('a page size of %s is INVALID_ARGUMENT in both lists', async (pageSize) => {
    for (const method of ['listSyncs', 'listFailures'] as const) {
      expect(await client.refused(method, { pageSize })).toMatchObject({
        code: 'INVALID_ARGUMENT',
        fields: ['page_size'],
      });
    }
  });

  it.each([
    ['nonsense', 'nonsense'],
    ['of 3000 characters', 'x'.repeat(3_000)],
  ])('a page token that is %s is INVALID_ARGUMENT', async (_, pageToken) => {
    for (const method of ['listSyncs', 'listFailures'] as const) {
      expect(await client.refused(method, { pageToken })).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'validation_failed',
        fields: ['page_token'],
      });
    }
  });

  it('an unknown status, state or entity of a query is INVALID_ARGUMENT', async () => {
    const unknown = await client.refused('listSyncs', { status: SyncStatus.UNRECOGNIZED });
    expect(unknown).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['status'] });
    const document = await client.refused('getDocument', { sourceId: '' });
    expect(document).toMatchObject({ code: 'INVALID_ARGUMENT', fields: ['entity', 'source_id'] });
  });

  it('one that cannot be read, or is larger than 1 MiB, has a reason, too', async () => {
    // Field 1 of two bytes, of which one is missing.
    const cut = await refusedBytes(client.address, Buffer.from([0x0a, 0x02, 0x41]));
    expect(cut).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'validation_failed' });
    const large = await refusedBytes(client.address, Buffer.alloc(1_048_577));
    expect(large).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'payload_too_large' });
  });

  it.each(['listSchedules', 'createSchedule', 'updateSchedule', 'deleteSchedule'] as const)(
    '%s says plainly that there are no schedules yet',
    async (method) => {
      const refusal = await client.refused(method);
      expect(refusal).toMatchObject({ code: 'UNIMPLEMENTED', reason: 'schedules_unavailable' });
      expect(refusal.details).toMatch(/no schedules/);
    },
  );
});

describe('refusals and faults', () => {
  it('a refusal of the orchestrator comes with its members', async () => {
    const facts: Record<string, object> = {
      sync_already_running: { activeSyncId: 'run_active' },
      start_date_missing: { ordersPerYear: { 2025: 120 } },
      connection_missing: {},
    };
    const codes = Object.keys(facts);
    await h.orchestrate((event: SyncEvent): Decision | null => {
      if (event.type !== 'RunRequested') return null;
      const { request } = event.facts;
      const code = codes.shift() ?? '';
      const refused = { syncId: request.syncId, entity: request.entity, request, code, message: `because ${code}` };
      return ['RunRefused', { ...refused, activeSyncId: null, ordersPerYear: null, ...facts[code] }];
    });
    const client = new GrpcClient(await h.serveGrpc());
    const refusals = [];
    for (const _ of Object.keys(facts)) refusals.push(await client.refused('triggerSync', { entity: ORDERS }));
    client.close();
    expect(refusals.map(({ code }) => code)).toEqual(Array(3).fill('FAILED_PRECONDITION'));
    expect(refusals.map(({ reason, members }) => [reason, members])).toEqual([
      ['sync_already_running', { syncId: 'run_active' }],
      ['start_date_missing', { ordersPerYear: '{"2025":120}' }],
      ['connection_missing', {}],
    ]);
  });

  it('a fault of ours is INTERNAL, says nothing about itself and is logged', async () => {
    const logged: string[] = [];
    const logger: Logger = {
      ...SILENT_LOGGER,
      child: () => logger,
      error: (_: object, message?: string) => void logged.push(message ?? ''),
    };
    const client = new GrpcClient(await h.serveGrpc({ logger }));
    await put(h, 'runs', 'run_odd', { tenantId: 'default', syncId: 'run_odd', errors: 'secret-of-ours' });
    const refusal = await client.refused('getSync', { syncId: 'run_odd' });
    expect(refusal).toMatchObject({ code: 'INTERNAL', reason: 'internal_error', domain: 'tillstream' });
    expect(JSON.stringify(refusal)).not.toMatch(/secret-of-ours|TypeError|at /);
    expect(logged).toEqual(['call failed']);
    client.close();
  });

  it('a store that does not answer is UNAVAILABLE, with the pause before the next attempt', async () => {
    const { store } = h;
    const get = <T>(collection: string, id: string) =>
      collection === COLLECTIONS.runs.name
        ? Promise.reject(new TransientError('store_unreachable', 'mongodb://user:pass@host is away'))
        : store.get<T>(collection, id);
    const failing = new Proxy(store, {
      get: (target, name: keyof typeof store) => {
        const value = name === 'get' ? get : target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const client = new GrpcClient(await h.serveGrpc({ store: failing }));
    const refusal = await client.refused('getSync', { syncId: 'run_1' });
    expect(refusal).toMatchObject({ code: 'UNAVAILABLE', reason: 'unavailable', retryAfterS: 5 });
    expect(refusal.details).not.toContain('mongodb');
    client.close();
  });
});

describe('deadlines', () => {
  it('end the waiting on both sides; what was durable stays', async () => {
    const client = new GrpcClient(await h.serveGrpc());
    // Once, so that the channel is up and the deadline measures the call.
    await client.refused('getSync', { syncId: 'run_none' });
    const timers = clock.timers;
    const deadline = Date.now() + 300;
    const call = client.refused('triggerSync', { entity: ORDERS }, { deadline });
    await eventually(() => clock.timers > timers);
    expect(await call).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    // Well before the 5 s that a decision may take.
    await eventually(() => clock.timers === timers, { timeoutMs: 2_000 });
    expect(await requested()).toBe(1);
    client.close();
  });

  it('of a watch end the watching, never the run', async () => {
    const client = new GrpcClient(await h.serveGrpc());
    await put(h, 'runs', 'run_1', run('run_1'));
    const timers = clock.timers;
    const call = client.watch('run_1', { deadline: Date.now() + 300 });
    const [error] = (await once(call.resume(), 'error')) as [ServiceError];
    expect(refusalOf(error).code).toBe('DEADLINE_EXCEEDED');
    await eventually(() => clock.timers === timers);
    expect((await client.call('getSync', { syncId: 'run_1' })).sync?.status).toBe(SyncStatus.SYNC_STATUS_RUNNING);
    client.close();
  });
});

describe('the port', () => {
  it('in use by another program stops the start, naming the variable', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(h.serveGrpc({ grpcPort: port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: expect.stringMatching(new RegExp(`port ${port} .*TILLSTREAM_GRPC_PORT=0`)),
    });
    other.close();
  });

  it('is not opened where no gRPC is wanted', async () => {
    await expect(h.serveGrpc({ grpcPort: undefined })).rejects.toMatchObject({ code: 'not_started' });
  });
});
