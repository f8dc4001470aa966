import { mkdtempSync, rmSync } from 'node:fs';
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
import { NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { createMetrics, SILENT_LOGGER } from '@tillstream/observability';
import { openEmbeddedStorage } from '@tillstream/sqlite';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { createQueryApi, type HealthProvider, type QueryApi, type QueryApiDeps } from '../src/index.js';

export const ADMIN_KEY = 'test-admin-key-0123456789-abcdef';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint: bodies are asserted field by field
  readonly body: Record<string, unknown>;
  readonly text: string;
}

/** The whole service over the real embedded storage, without a port. */
export class Harness {
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'tillstream-api-'));
  readonly clock = new SystemClock(200);
  readonly ids = new SystemIds(this.clock);
  readonly secrets = createSecrets({ current: generateMasterKey() });
  readonly storage = openEmbeddedStorage({
    dataDir: this.dataDir,
    topics: allTopicDefinitions(),
    collections: Object.values(COLLECTIONS),
    clock: this.clock,
  });
  readonly health: HealthProvider[] = [];
  readonly remote = new FakeRemote();
  readonly #subscriptions: Subscription[] = [];
  #api: QueryApi | undefined;
  #app: FastifyInstance | undefined;

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
  ) {
    const { body, key = ADMIN_KEY, headers, ...rest } = options;
    const response = await this.#app!.inject({
      method: method as 'GET',
      url,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...headers },
      ...(body !== undefined && { payload: body as object }),
      ...rest,
    });
    const text = response.body;
    const json = /json/.test(String(response.headers['content-type'])) && text !== '' ? JSON.parse(text) : {};
    return { status: response.statusCode, headers: response.headers, body: json, text } as Answer;
  }

  /** Answers each run request as the orchestrator would; `decide` says how. */
  async orchestrate(decide: (event: SyncEvent) => Decision | null): Promise<void> {
    const onEvent = (event: SyncEvent): void => {
      const decision = event.type === 'RunRequested' ? decide(event) : null;
      if (decision) void this.publish(TOPICS.runs.name, runKey(event.tenantId, 'orders'), decision[0], decision[1]);
    };
    await this.follow(TOPICS.requests.name, onEvent);
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
