import { once } from 'node:events';
import {
  credentials,
  makeGenericClientConstructor,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceError,
  status as Code,
} from '@grpc/grpc-js';
import { SystemClock } from '@tillstream/kernel';
import { createMetrics, SILENT_LOGGER } from '@tillstream/observability';
import { ErrorInfo, Status } from '@tillstream/proto';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Keys } from '../keys/keys.js';
import { CallMetrics } from './call-metrics.js';
import { contextOf } from './call-context.js';
import { gatekeeper } from './gatekeeper.js';

/** An admin, whatever the key. */
const keys = {
  authenticate: async () => ({ keyId: 'key_1', tenantId: 'default', role: 'admin' as const }),
} as unknown as Keys;

const bytes = (value: Buffer) => value;
const method = (path: string) => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});
const DEFINITION = {
  getSync: method('/tillstream.sync.v1.SyncService/GetSync'),
  forgotten: method('/tillstream.sync.v1.SyncService/Forgotten'),
};

describe('the gatekeeper', () => {
  let server: Server;
  let client: InstanceType<ReturnType<typeof makeGenericClientConstructor>>;
  let calls: ServerUnaryCall<Buffer, Buffer>[];
  const metrics = createMetrics({ processMetrics: false });
  beforeEach(async () => {
    calls = [];
    const clock = new SystemClock();
    const deps = { keys, logger: SILENT_LOGGER, clock, unaryLimitMs: 150, metrics: new CallMetrics(metrics, clock) };
    server = new Server({ interceptors: [gatekeeper(deps)] });
    // They never answer.
    const handler = (call: ServerUnaryCall<Buffer, Buffer>): void => void calls.push(call);
    server.addService(DEFINITION, { getSync: handler, forgotten: handler });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    client = new (makeGenericClientConstructor(DEFINITION, 'x'))(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    server.forceShutdown();
  });

  function call(name: keyof typeof DEFINITION, options: { deadline?: number } = {}) {
    let cancel = (): void => {};
    const ended = new Promise<ServiceError>((resolve) => {
      const sent = client[name]?.(Buffer.alloc(0), new Metadata(), options, (error: ServiceError) =>
        resolve(error),
      ) as {
        cancel(): void;
      };
      cancel = () => sent.cancel();
    });
    return { ended, cancel };
  }

  function reason(metadata: Metadata): string | undefined {
    const [encoded] = metadata.get('grpc-status-details-bin');
    const [info] = Status.decode(Buffer.from(encoded ?? '')).details;
    return info && ErrorInfo.decode(info.value).reason;
  }

  it('lets nobody, not even an admin, call a method that declares no role', async () => {
    const { code, metadata } = await call('forgotten').ended;
    expect([code, reason(metadata)]).toEqual([Code.PERMISSION_DENIED, 'forbidden']);
    expect(calls).toEqual([]);
  });

  it('ends a call without a deadline when its time is over, and tells the handler', async () => {
    const { code, metadata } = await call('getSync').ended;
    expect([code, reason(metadata)]).toEqual([Code.DEADLINE_EXCEEDED, 'deadline_exceeded']);
    await eventually(() => calls.some(({ metadata: own }) => contextOf(own).signal.aborted));
  });

  it('leaves a call its own, longer deadline', async () => {
    const began = performance.now();
    const { code } = await call('getSync', { deadline: Date.now() + 500 }).ended;
    expect(code).toBe(Code.DEADLINE_EXCEEDED);
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  it('tells the handler when the client leaves', async () => {
    const { ended, cancel } = call('getSync', { deadline: Date.now() + 20_000 });
    const [served] = await eventually(() => (calls.length > 0 ? calls : null));
    const { signal } = contextOf((served as ServerUnaryCall<Buffer, Buffer>).metadata);
    expect(signal.aborted).toBe(false);
    const aborted = once(signal, 'abort');
    cancel();
    await aborted;
    expect((await ended).code).toBe(Code.CANCELLED);
  });

  it('has measured each end as its client saw it', async () => {
    const { body } = await metrics.expose();
    const count = (name: string, code: string) =>
      body.includes(`seconds_count{method="tillstream.sync.v1.SyncService/${name}",code="${code}"}`);
    expect(count('Forgotten', 'PERMISSION_DENIED')).toBe(true);
    expect(count('GetSync', 'DEADLINE_EXCEEDED')).toBe(true);
    expect(count('GetSync', 'CANCELLED')).toBe(true);
    expect(count('GetSync', 'OK')).toBe(false);
  });
});
