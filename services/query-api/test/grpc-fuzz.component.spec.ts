import { credentials, type ServiceError } from '@grpc/grpc-js';
import { SystemClock } from '@tillstream/kernel';
import { SyncServiceClient, SyncServiceService } from '@tillstream/proto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_ERRORS } from '../src/index.js';
import { GrpcClient, type Method, refusalOf } from './grpc-client.js';
import { Harness } from './harness.js';

const METHODS = (Object.keys(SyncServiceService) as Method[]).filter((name) => name !== 'watchSync');
const WORDS = ['1042', 'woo:1042', 'any', '', '__proto__', '\u0000', '🧾', 'run_1', 'x'.repeat(201)];

/** One field on the wire: its number with a number or with bytes, often of the type that is expected there. */
const field = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.oneof(
      fc.nat({ max: 300 }).map(varint),
      fc.constantFrom(...WORDS.map((word) => Buffer.from(word))),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    ),
    fc.boolean(),
  )
  .map(([number, value, asNumber]) =>
    asNumber
      ? Buffer.concat([varint(number << 3), varint(value[0] ?? 0)])
      : Buffer.concat([varint((number << 3) | 2), varint(value.length), value]),
  );

const message = fc.oneof(
  fc.array(field, { maxLength: 6 }).map((fields) => Buffer.concat(fields)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

function varint(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.from([(value & 127) | 128, value >> 7]);
}

describe('whatever bytes a client sends', () => {
  // Nobody decides on runs here: the wait for it takes moments.
  const h = new Harness(new SystemClock(500));
  let client: SyncServiceClient;
  let metadata: ReturnType<GrpcClient['metadata']>;
  beforeAll(async () => {
    const address = await h.serveGrpc();
    client = new SyncServiceClient(address, credentials.createInsecure());
    metadata = new GrpcClient(address).metadata();
  });
  afterAll(async () => {
    client.close();
    await h.stop();
  });

  const send = (path: string, bytes: Buffer): Promise<ServiceError | null> =>
    new Promise((resolve) => {
      client.makeUnaryRequest(
        path,
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
        metadata,
        resolve,
      );
    });

  it('is answered, or refused for a reason that is documented and no fault of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...METHODS), message, async (name, bytes) => {
        const error = await send(SyncServiceService[name].path, bytes);
        if (error === null) return;
        const { code, reason = '' } = refusalOf(error);
        expect(['INTERNAL', 'UNKNOWN']).not.toContain(code);
        expect(Object.keys(API_ERRORS)).toContain(reason);
      }),
      { numRuns: 400 },
    );
  });
});
