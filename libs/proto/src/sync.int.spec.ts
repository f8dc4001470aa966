import { once } from 'node:events';
import {
  credentials,
  loadPackageDefinition,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceClientConstructor,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Document,
  DocumentState,
  Entity,
  ErrorInfo,
  type GetDocumentRequest,
  GetDocumentResponse,
  ListSyncsRequest,
  protoFolder,
  Status,
  SYNC_PROTO,
  SyncServiceClient,
  SyncServiceService,
  type SyncServiceServer,
  SyncStatus,
  WatchSyncResponse,
} from './index.js';

const document: Document = {
  entity: Entity.ENTITY_ORDERS,
  sourceId: 'woo:1042',
  sourceNumber: undefined,
  updatedAt: new Date('2026-01-05T12:00:00.123Z'),
  source: {
    sourceVersion: 1_767_614_400_000_123,
    contentHash: 'h',
    status: 'completed',
    total: { amountMinor: -4428, currency: 'USD' },
    totalTax: undefined,
  },
  targets: {
    quickbooks: {
      state: DocumentState.DOCUMENT_STATE_SYNCED,
      remoteId: '12',
      remoteType: 'Invoice',
      docNumber: '',
      total: { amountMinor: 0, currency: 'USD' },
      remoteVersion: undefined,
      contentHash: undefined,
      syncedAt: undefined,
      code: undefined,
      linked: [],
    },
  },
  events: [
    {
      id: 'e1',
      type: 'RecordSettled',
      occurredAt: new Date(0),
      facts: { target: 'quickbooks', revision: 1, nested: { list: [1, null, true, 'x'] } },
    },
  ],
};

/** Only what these specs call; the rest answers UNIMPLEMENTED. */
const handlers: Partial<SyncServiceServer> & UntypedServiceImplementation = {
  getDocument: (call: { request: GetDocumentRequest }, answer: (error: null, value: GetDocumentResponse) => void) => {
    const { sourceId, entity } = call.request;
    answer(null, GetDocumentResponse.fromPartial({ document: { ...document, sourceId, entity } }));
  },
  watchSync: (call: { request: { syncId: string }; write(value: WatchSyncResponse): void; end(): void }) => {
    for (const status of [SyncStatus.SYNC_STATUS_RUNNING, SyncStatus.SYNC_STATUS_COMPLETED]) {
      call.write(WatchSyncResponse.fromPartial({ sync: { syncId: call.request.syncId, status } }));
    }
    call.end();
  },
};

let server: Server;
let address: string;
beforeAll(async () => {
  server = new Server();
  server.addService(SyncServiceService, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  address = `127.0.0.1:${port}`;
});
afterAll(() => server.forceShutdown());

describe('the generated types', () => {
  it('carry a document there and back: times, amounts, maps, free facts, what is unset and what is empty', async () => {
    const client = new SyncServiceClient(address, credentials.createInsecure());
    const answer = await new Promise<GetDocumentResponse>((resolve, reject) => {
      const request = { entity: Entity.ENTITY_PRODUCTS, sourceId: 'woo:7' };
      client.getDocument(request, (error, value) => (error ? reject(error) : resolve(value)));
    });
    expect(answer.document).toEqual({ ...document, entity: Entity.ENTITY_PRODUCTS, sourceId: 'woo:7' });
    client.close();
  });

  it('stream snapshots', async () => {
    const client = new SyncServiceClient(address, credentials.createInsecure());
    const stream = client.watchSync({ syncId: 'run_1' });
    const seen: (string | undefined)[] = [];
    stream.on('data', ({ sync }: WatchSyncResponse) => seen.push(sync?.status));
    await once(stream, 'end');
    expect(seen).toEqual(['SYNC_STATUS_RUNNING', 'SYNC_STATUS_COMPLETED']);
    client.close();
  });

  it('show a number that no enum has, instead of taking it for unset', () => {
    // Field 2 (status), varint 99.
    expect(ListSyncsRequest.decode(Uint8Array.from([0x10, 99])).status).toBe(SyncStatus.UNRECOGNIZED);
  });

  it('carry the reason of an error as google.rpc.ErrorInfo', () => {
    const info = ErrorInfo.fromPartial({ reason: 'run_finished', domain: 'tillstream', metadata: { syncId: 'run_1' } });
    const value = ErrorInfo.encode(info).finish();
    const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(value) }];
    const status = Status.decode(Status.encode({ code: 9, message: 'ended', details }).finish());
    expect(ErrorInfo.decode(status.details[0]?.value ?? new Uint8Array())).toEqual(info);
  });
});

describe('sync.proto', () => {
  const definition = () =>
    loadSync(SYNC_PROTO, { includeDirs: [protoFolder()], longs: Number, enums: String, defaults: true });

  it('is understood the same by a client that reads the text itself', async () => {
    const loaded = loadPackageDefinition(definition()) as unknown as {
      tillstream: { sync: { v1: { SyncService: ServiceClientConstructor } } };
    };
    const client = new loaded.tillstream.sync.v1.SyncService(address, credentials.createInsecure());
    const answer = await new Promise<unknown>((resolve, reject) => {
      client['GetDocument']?.(
        { entity: 'ENTITY_ORDERS', sourceId: 'woo:1042' },
        (error: Error | null, value: unknown) => (error ? reject(error) : resolve(value)),
      );
    });
    expect(answer).toMatchObject({
      document: {
        entity: 'ENTITY_ORDERS',
        updatedAt: { seconds: 1_767_614_400, nanos: 123_000_000 },
        source: { sourceVersion: 1_767_614_400_000_123, total: { amountMinor: -4428, currency: 'USD' } },
        targets: { quickbooks: { state: 'DOCUMENT_STATE_SYNCED', docNumber: '' } },
        events: [{ facts: { fields: { revision: { numberValue: 1 } } } }],
      },
    });
    client.close();
  });

  it('names exactly the methods of contract section 10, each with its own path', () => {
    const service = definition()['tillstream.sync.v1.SyncService'] as unknown as Record<
      string,
      MethodDefinition<object, object>
    >;
    const paths = Object.values(service).map(({ path }) => path);
    expect(Object.values(SyncServiceService).map(({ path }) => path)).toEqual(paths);
    expect(Object.keys(service)).toEqual([
      'TriggerSync',
      'GetSync',
      'ListSyncs',
      'WatchSync',
      'CancelSync',
      'ListFailures',
      'RetryFailure',
      'RetryFailures',
      'GetDocument',
      'ListSchedules',
      'CreateSchedule',
      'UpdateSchedule',
      'DeleteSchedule',
    ]);
  });
});
