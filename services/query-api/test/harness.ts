import { mkdtempSync, rmSync } from 'node:fs';
import type { HealthProvider } from '@tillstream/service-host';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  allTopicDefinitions,
  COLLECTIONS,
  decodeEvent,
  encodeEvent,
  eventId,
  type EventType,
  type FactsOf,
  runKey,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import { createSecrets, generateMasterKey } from '@tillstream/credentials';
import type { EventLog, Subscription } from '@tillstream/event-log';
import type { HttpClient, HttpRequest, HttpResponse } from '@tillstream/http-client';
import { type Clock, InvariantError, NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { createMetrics, SILENT_LOGGER } from '@tillstream/observability';
import { type EmbeddedStorage, openEmbeddedStorage } from '@tillstream/sqlite';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createQueryApi, type QueryApi, type QueryApiDeps } from '../src/index.js';

export const ADMIN_KEY = 'test-admin-key-0123456789-abcdef';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** The whole service over the real embedded storage, without a port. */
export class Harness {
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'tillstream-api-'));
  readonly ids: SystemIds;
  readonly secrets = createSecrets({ current: generateMasterKey() });
  readonly storage: EmbeddedStorage;
  readonly health: HealthProvider[] = [];
  readonly remote = new FakeRemote();
  readonly #subscriptions: Subscription[] = [];
  #api: QueryApi | undefined;
  #app: FastifyInstance | undefined;

  /** A quick clock turns waits of seconds into moments. */
  constructor(readonly clock: Clock = new SystemClock()) {
    this.ids = new SystemIds(clock);
    this.storage = openEmbeddedStorage({
      dataDir: this.dataDir,
      topics: allTopicDefinitions(),
      collections: Object.values(COLLECTIONS),
      clock,
    });
  }

  get log(): EventLog {
    return this.storage.log;
  }

  get store() {
    return this.storage.store;
  }

  deps(): QueryApiDeps {
    return {
      log: this.log,
      store: this.store,
      clock: this.clock,
      ids: this.ids,
      secrets: this.secrets,
      crash: NO_CRASH_POINTS,
      logger: SILENT_LOGGER,
      metrics: createMetrics({ processMetrics: false }),
      http: this.remote,
      config: { adminKey: ADMIN_KEY, publicUrl: 'https://sync.example.com', allowPrivateTargets: false },
      host: '127.0.0.1',
      port: 0,
      health: this.health,
    };
  }

  async start(deps: Partial<QueryApiDeps> = {}): Promise<this> {
    this.#api = createQueryApi({ ...this.deps(), ...deps });
    this.#app = await this.#api.app();
    return this;
  }

  /** Listens on free ports, REST and gRPC. Returns `host:port` of gRPC. */
  async serveGrpc(deps: Partial<QueryApiDeps> = {}): Promise<string> {
    await this.start({ grpcPort: 0, ...deps });
    const { grpcUrl } = (await this.#api?.start()) ?? {};
    if (!grpcUrl) throw new InvariantError('not_started', 'gRPC is not served');
    return grpcUrl;
  }

  /** Stops the service, not what lies under it. */
  async stopService(): Promise<void> {
    await this.#api?.stop();
    this.#api = undefined;
  }

  async stop(): Promise<void> {
    await this.#api?.stop();
    for (const subscription of this.#subscriptions) await subscription.stop();
    await this.storage.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async call(
    method: string,
    url: string,
    options: { body?: unknown; key?: string | null } & Partial<InjectOptions> = {},
  ): Promise<Answer> {
    const { body, key = ADMIN_KEY, headers, ...rest } = options;
    if (!this.#app) throw new InvariantError('not_started', 'start the harness first');
    const response = await this.#app.inject({
      method: method as 'GET',
      url,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
      ...rest,
    });
    const text = response.body;
    const isJson = /json/.test(String(response.headers['content-type'])) && text !== '';
    const parsed = (isJson ? JSON.parse(text) : {}) as Answer['body'];
    return { status: response.statusCode, headers: response.headers, body: parsed, text };
  }

  /** Answers each run request as the orchestrator would; `decide` says how. */
  async orchestrate(decide: (event: SyncEvent) => Decision | null): Promise<void> {
    const onEvent = (event: SyncEvent): void => {
      const decision = event.type === 'RunRequested' ? decide(event) : null;
      if (decision) void this.publish(TOPICS.runs.name, runKey(event.tenantId, 'orders'), decision[0], decision[1]);
    };
    await this.follow(TOPICS.requests.name, onEvent);
  }

  /** `METHOD /path/{parameter}` of every handler. */
  routes(): string[] {
    return (this.#api?.routes() ?? [])
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
  }

  async follow(topic: string, onEvent: (event: SyncEvent) => void): Promise<void> {
    const onRecord = ({ value }: { value: string }) => onEvent(decodeEvent(value));
    this.#subscriptions.push(await this.log.tail({ topics: [topic], onRecord }));
  }

  async publish<T extends EventType>(topic: string, key: string, type: T, facts: FactsOf<T>): Promise<void> {
    const producer = this.ids.next('test');
    const event: StoredEvent = {
      id: eventId(producer, topic, 1),
      type,
      schemaVersion: 1,
      producer,
      seq: 1,
      eventNumber: 1,
      tenantId: key.split(':', 1)[0] ?? '',
      occurredAt: new Date(this.clock.now()).toISOString(),
      facts: { ...facts },
    };
    await this.log.append([{ topic, key, value: encodeEvent(event) }]);
  }

  /** Every event on a topic, in order per partition. */
  async events(topic: string): Promise<SyncEvent[]> {
    const ends = await this.log.endOffsets(topic);
    const partitions = await Promise.all(ends.map((_, partition) => this.log.read(topic, partition, 0, 1_000)));
    return partitions.flat().map(({ value }) => decodeEvent(value));
  }
}

export type Decision = { [T in EventType]: readonly [T, FactsOf<T>] }[EventType];

export function accept(event: SyncEvent): Decision | null {
  if (event.type !== 'RunRequested') return null;
  const { request } = event.facts;
  return [
    'RunAccepted',
    {
      request,
      targets: ['quickbooks'],
      scanning: true,
      movesCursors: true,
      cursors: {},
      sourceIdentity: 'https://shop.example.com#1',
      acceptedAt: request.requestedAt,
      selection: { statuses: ['processing'], createdFrom: null },
      targetIdentities: { quickbooks: '123#1' },
    },
  ];
}

/** A shop that answers as told. */
export class FakeRemote implements HttpClient {
  answer: (request: HttpRequest) => HttpResponse = () => ({ status: 503, headers: {}, body: '' });
  readonly requests: HttpRequest[] = [];

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    return this.answer(request);
  }

  async close(): Promise<void> {}
}

/** A key of another role or tenant, made over the API. */
export async function makeKey(harness: Harness, role: string, key?: string): Promise<string> {
  const { body } = await harness.call('POST', '/api/keys', { body: { name: role, role }, ...(key && { key }) });
  return String(body['key']);
}

export async function makeTenant(harness: Harness, tenantId: string): Promise<string> {
  const { body } = await harness.call('POST', '/api/tenants', { body: { tenantId, name: tenantId } });
  return String(body['adminKey']);
}

export const SHOP = {
  storeUrl: 'https://shop.example.com',
  consumerKey: 'ck_0123456789abcdef0123456789abcdef01234567',
  consumerSecret: 'cs_0123456789abcdef0123456789abcdef01234567',
};

export const PROJECT = {
  projectUrl: 'https://abcdefghijklmnopqrst.supabase.co',
  serviceKey: 'sb_secret_0123456789abcdef',
};

export const DATABASE_PASSWORD = 'database-password-value';
export const DATABASE_URL = `postgresql://postgres:${DATABASE_PASSWORD}@db.example.com:6543/postgres`;

export const COMPANY = {
  environment: 'sandbox',
  realmId: '4620816365291234560',
  clientId: 'client-1',
  clientSecret: 'client-secret-value',
  refreshToken: 'refresh-token-value',
};
