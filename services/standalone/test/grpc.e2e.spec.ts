import { credentials, Metadata, type ServiceError, status as Code } from '@grpc/grpc-js';
import {
  DocumentState,
  Entity,
  type Failure,
  FailureState,
  type Sync,
  SyncServiceClient,
  SyncServiceService,
  SyncStatus,
  Target,
  TriggerType,
  type WatchSyncResponse,
} from '@tillstream/proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_KEY, CALM_CLOCK, Product, required, soon } from './support/product.js';
import { mergeTwins } from './support/twins.js';

type Service = typeof SyncServiceService;
type Unary = Exclude<keyof Service, 'watchSync'>;
type Response<Name extends Unary> = ReturnType<Service[Name]['responseDeserialize']>;

const ORDERS = 30;
const HELD = 2;

/** A service of somebody else that has only the .proto, an address and a key. */
class Caller {
  readonly #client: SyncServiceClient;
  readonly #metadata = new Metadata();

  constructor(address: string, key: string) {
    this.#client = new SyncServiceClient(address, credentials.createInsecure());
    this.#metadata.set('authorization', `Bearer ${key}`);
  }

  call<Name extends Unary>(name: Name, fields: object): Promise<Response<Name>> {
    const { path, requestSerialize, requestDeserialize, responseDeserialize } = SyncServiceService[name];
    const request = { ...requestDeserialize(Buffer.alloc(0)), ...fields };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize as (value: object) => Buffer,
        responseDeserialize as (bytes: Buffer) => Response<Name>,
        request,
        this.#metadata,
        { deadline: Date.now() + 20_000 },
        (error, value) => (error ? reject(error) : resolve(value as Response<Name>)),
      );
    });
  }

  /** Every snapshot until the run is final and the stream ends. */
  async watch(syncId: string): Promise<Sync[]> {
    const seen: Sync[] = [];
    for await (const { sync } of this.#client.watchSync(
      { syncId },
      this.#metadata,
    ) as AsyncIterable<WatchSyncResponse>) {
      if (sync) seen.push(sync);
    }
    return seen;
  }

  close(): void {
    this.#client.close();
  }
}

describe('another service that speaks gRPC', () => {
  let product: Product;
  let caller: Caller;
  beforeEach(async () => {
    const shop = { seed: 303, orders: ORDERS, planted: { customer_ambiguous: HELD } };
    product = await Product.start({ shop, clockFactor: CALM_CLOCK });
    caller = new Caller(product.grpcUrl, ADMIN_KEY);
  });
  afterEach(async () => {
    caller.close();
    await product.close();
  });

  it('starts a run, watches it to its end, looks at what is held, and retries it when it is mended', async () => {
    const run = { entity: Entity.ENTITY_ORDERS, target: Target.TARGET_QUICKBOOKS, idempotencyKey: 'nightly-1' };
    const { syncId } = await caller.call('triggerSync', run);
    expect(await caller.call('triggerSync', run)).toMatchObject({ syncId, replayed: true });
    const again = await product.api.call<{ syncId: string }>('POST', '/api/sync/orders', {
      target: 'quickbooks',
      idempotencyKey: 'nightly-1',
    });
    expect(again).toMatchObject({ status: 202, body: { syncId } });

    const snapshots = await caller.watch(syncId);
    const created = snapshots.map(({ counts }) => counts?.created ?? 0);
    expect(created).toEqual(created.toSorted((a, b) => a - b));
    const last = required(snapshots.at(-1));
    expect(last).toMatchObject({
      syncId,
      status: SyncStatus.SYNC_STATUS_COMPLETED_WITH_ERRORS,
      trigger: { type: TriggerType.TRIGGER_TYPE_API },
      counts: { created: product.goodOrders.length, held: HELD, pending: 0 },
    });
    expect(last.finishedAt).toBeInstanceOf(Date);

    const open = async (): Promise<readonly Failure[]> =>
      (await caller.call('listFailures', { state: FailureState.FAILURE_STATE_OPEN })).failures;
    // Runs and failures are read models of different topics: one may be a moment behind the other.
    const openOnes = (count: number) =>
      soon(async () => {
        const failures = await open();
        return failures.length === count ? failures : null;
      });
    const held = await openOnes(HELD);
    expect(held.map(({ code }) => code)).toEqual(Array(HELD).fill('customer_ambiguous'));
    const { id, entityId } = required(held[0]);

    mergeTwins(product);
    const one = await caller.call('retryFailure', { failureId: id });
    expect((await caller.watch(one.syncId)).at(-1)).toMatchObject({
      entity: Entity.ENTITY_UNSPECIFIED,
      status: SyncStatus.SYNC_STATUS_COMPLETED,
      trigger: { type: TriggerType.TRIGGER_TYPE_RETRY, id },
    });
    await openOnes(HELD - 1);
    const rest = await caller.call('retryFailures', { code: 'customer_ambiguous' });
    expect(rest.accepted).toBe(HELD - 1);
    expect((await caller.watch(required(rest.syncId))).at(-1)?.status).toBe(SyncStatus.SYNC_STATUS_COMPLETED);
    expect(await openOnes(0)).toEqual([]);
    await expect(caller.call('retryFailure', { failureId: id })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    } satisfies Partial<ServiceError>);

    const { document } = await caller.call('getDocument', { entity: Entity.ENTITY_ORDERS, sourceId: entityId });
    expect(document?.targets['quickbooks']).toMatchObject({
      state: DocumentState.DOCUMENT_STATE_SYNCED,
      remoteType: 'Invoice',
      total: { amountMinor: expect.any(Number) },
    });
    for (const { entityId: order } of held) expect(product.invoicesOf(Number(order))).toHaveLength(1);
  });
});
