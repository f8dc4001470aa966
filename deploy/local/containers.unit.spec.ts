import { describe, expect, it } from 'vitest';
import { engineOver } from './container-engine.mjs';
import {
  endContainers,
  KAFKA_IMAGE,
  kafkaContainer,
  MONGO_IMAGE,
  mongoContainer,
  startContainers,
} from './containers.mjs';

interface Container {
  readonly stack: string;
  readonly image: string;
  readonly ports: readonly { readonly container: number; readonly host: number }[];
  readonly environment: Readonly<Record<string, string>>;
}

/** An engine whose containers are entries of a map; `refuses` = the image that does not start. */
class FakeEngine {
  readonly host = 'engine.local';
  readonly running = new Map<string, Container>();
  #count = 0;

  constructor(private readonly refuses?: string) {}

  start(container: Container): Promise<string> {
    if (container.image === this.refuses) return Promise.reject(new Error('no such image'));
    this.#count += 1;
    const id = `container${this.#count}`;
    this.running.set(id, container);
    return Promise.resolve(id);
  }

  remove(id: string): Promise<void> {
    this.running.delete(id);
    return Promise.resolve();
  }

  leftOver(stack: string): Promise<string[]> {
    return Promise.resolve([...this.running].filter(([, each]) => each.stack === stack).map(([id]) => id));
  }
}

const answering = {
  kafka: { answers: () => Promise.resolve(true) },
  mongo: { answers: () => Promise.resolve(true) },
};

describe('the broker in a container', () => {
  const { environment, ports, image } = kafkaContainer({
    stack: 's',
    host: 'engine.local',
    port: 40123,
    clusterId: 'c',
  });

  it('tells clients the port it is reached at, and itself another one', () => {
    expect(ports).toEqual([{ container: 9092, host: 40123 }]);
    expect(environment).toMatchObject({
      KAFKA_ADVERTISED_LISTENERS: 'CLIENT://engine.local:40123,BROKER://localhost:19092',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'BROKER',
    });
  });

  it('is pinned and has the settings of the broker on Java', () => {
    expect(image).toMatch(/^apache\/kafka:\d+\.\d+\.\d+$/);
    expect(environment).toMatchObject({
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_BROKER_SESSION_TIMEOUT_MS: '1500',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    });
    // The image writes every variable that begins so as a property: a name that is none would stop the broker.
    for (const name of Object.keys(environment)) expect(name).toMatch(/^(CLUSTER_ID|KAFKA_[A-Z]+(_[A-Z]+)*)$/);
  });
});

it('the mongod in a container is pinned', () => {
  expect(mongoContainer({ stack: 's', port: 40124 })).toMatchObject({
    image: expect.stringMatching(/^mongo:\d+\.\d+\.\d+$/),
    ports: [{ container: 27017, host: 40124 }],
  });
});

describe('a stack in containers', () => {
  it('has an address and a container for each server, and another process ends it by these', async () => {
    const engine = new FakeEngine();
    const state = await startContainers('s', engine, answering);
    const [kafka, mongo] = [...engine.running.values()];
    expect(state).toEqual({
      kafka: {
        version: expect.any(String),
        port: kafka?.ports[0]?.host,
        brokers: `engine.local:${kafka?.ports[0]?.host}`,
        container: 'container1',
      },
      mongo: {
        version: MONGO_IMAGE,
        host: 'engine.local',
        port: mongo?.ports[0]?.host,
        uri: `mongodb://engine.local:${mongo?.ports[0]?.host}/tillstream`,
        container: 'container2',
      },
    });
    await endContainers(JSON.parse(JSON.stringify({ kind: 'containers', ...state })), engine);
    expect(engine.running.size).toBe(0);
  });

  it('removes what a killed start has left behind, and nothing of others', async () => {
    const engine = new FakeEngine();
    await engine.start(mongoContainer({ stack: 's', port: 1 }));
    await engine.start(mongoContainer({ stack: 'other', port: 2 }));
    await startContainers('s', engine, answering);
    expect([...engine.running.keys()]).toEqual(['container2', 'container3', 'container4']);
  });

  it.each([
    ['does not start', new FakeEngine(MONGO_IMAGE), answering, 'did not start: no such image'],
    [
      'does not answer',
      new FakeEngine(),
      { ...answering, kafka: { answers: () => Promise.reject(new RangeError('probe broken')) } },
      'probe broken',
    ],
  ])('that %s leaves nothing behind and says why', async (_, engine, servers, why) => {
    await expect(startContainers('s', engine, servers)).rejects.toThrow(why);
    expect(engine.running.size).toBe(0);
  });

  it('whose engine is away names what may still run', async () => {
    const state = { kafka: { container: 'one' }, mongo: { container: 'two' } };
    await expect(endContainers(state, undefined)).rejects.toThrow('one, two');
  });
});

describe('the engine through testcontainers', () => {
  const calls: unknown[][] = [];
  /** Takes every `with…` as the library does and notes it. */
  class GenericContainer {
    constructor(image: string) {
      calls.push(['image', image]);
      // Fluent like the library: every call gives the same object back.
      return new Proxy(this, {
        get: (target, name, self) =>
          name === 'start' ? target.start : (...args: unknown[]) => (calls.push([name, ...args]), self),
      });
    }
    start = () => Promise.resolve({ getId: () => 'id1' });
  }
  const Wait = { forLogMessage: (line: RegExp) => String(line) };
  const engine = (remove: () => Promise<void>) =>
    engineOver(
      { GenericContainer, Wait },
      {
        info: { containerRuntime: { host: 'localhost' } },
        container: {
          getById: () => ({ remove }),
          list: () =>
            Promise.resolve([
              { Id: 'a', Labels: { 'io.tillstream.stack': 's' } },
              { Id: 'b', Labels: {} },
            ]),
        },
      },
    );

  it('starts containers that outlive this process and can be found by their stack', async () => {
    const id = await engine(() => Promise.resolve()).start(mongoContainer({ stack: 's', port: 7 }));
    expect(id).toBe('id1');
    expect(calls).toEqual(
      expect.arrayContaining([
        ['image', MONGO_IMAGE],
        ['withAutoCleanup', false],
        ['withLabels', { 'io.tillstream.stack': 's' }],
        ['withExposedPorts', { container: 27017, host: 7 }],
      ]),
    );
    expect(await engine(() => Promise.resolve()).leftOver('s')).toEqual(['a']);
  });

  it('takes a container that is gone already as removed, and no other failure', async () => {
    const failing = (statusCode: number) => () => Promise.reject(Object.assign(new Error('no'), { statusCode }));
    await expect(engine(failing(404)).remove('x')).resolves.toBeUndefined();
    await expect(engine(failing(500)).remove('x')).rejects.toThrow('no');
  });
});

it('the same Kafka runs in a container and on Java', async () => {
  const { version } = await import('./broker-settings.mjs');
  expect(KAFKA_IMAGE).toBe(`apache/kafka:${version}`);
});
