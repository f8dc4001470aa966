import { PermanentError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { summarizeEnvironment } from './config.js';
import { type Environment, loadConfig } from './load-config.js';

const masterKey = Buffer.alloc(32, 1).toString('base64');

/** The message of the refusal; anything but `config_invalid` shows as its own text. */
function refusal(env: Environment): string {
  try {
    loadConfig(env);
    return 'accepted';
  } catch (error) {
    return error instanceof PermanentError && error.code === 'config_invalid' ? error.message : String(error);
  }
}

describe('loadConfig', () => {
  it('has every default of the contract', () => {
    expect(loadConfig({})).toEqual({
      profile: 'embedded',
      host: '127.0.0.1',
      port: 8080,
      grpcPort: 50051,
      dataDir: '.tillstream',
      publicUrl: null,
      allowPrivateTargets: false,
      adminKey: null,
      masterKey: null,
      masterKeyPrevious: null,
      cli: { url: null, apiKey: null },
      kafka: { brokers: [], saslMechanism: null, saslUsername: null, saslPassword: null, sslCa: null, topicPrefix: '' },
      mongodbUri: null,
      otlpEndpoint: null,
      logLevel: 'info',
    });
  });

  it('reads values, takes an empty variable as unset and leaves foreign names alone', () => {
    const config = loadConfig({
      TILLSTREAM_PORT: '0',
      TILLSTREAM_HOST: '',
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
      TILLSTREAM_PUBLIC_URL: 'http://127.0.0.1:9',
      TILLSTREAM_MASTER_KEY: masterKey,
      KAFKA_BROKERS: 'a:1,b:2',
      PATH: '/bin',
    });
    expect(config).toMatchObject({ port: 0, host: '127.0.0.1', allowPrivateTargets: true, masterKey });
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
  });

  it.each([
    ['TILLSTREAM_PROFILE', 'cloud'],
    ['TILLSTREAM_PORT', '65536'],
    ['TILLSTREAM_PORT', '80.5'],
    ['TILLSTREAM_PORT', 'http'],
    ['TILLSTREAM_GRPC_PORT', '-1'],
    ['TILLSTREAM_ADMIN_KEY', 'too-short'],
    ['TILLSTREAM_MASTER_KEY', 'bm90IDMyIGJ5dGVz'],
    ['TILLSTREAM_MASTER_KEY_PREVIOUS', 'nonsense'],
    ['TILLSTREAM_ALLOW_PRIVATE_TARGETS', 'yes'],
    ['TILLSTREAM_PUBLIC_URL', 'sync.example.com'],
    ['TILLSTREAM_PUBLIC_URL', 'http://sync.example.com'],
    ['KAFKA_BROKERS', 'kafka'],
    ['MONGODB_URI', 'http://mongo'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s, naming the variable with an example', (name, value) => {
    expect(refusal({ [name]: value })).toMatch(new RegExp(`${name} must be .+, e\\.g\\. ${name}=.+`));
  });

  it('names every wrong variable at once and never repeats a value', () => {
    const message = refusal({ TILLSTREAM_ADMIN_KEY: 'hunter2', TILLSTREAM_PORT: 'x', TILLSTREAM_PROT: '1' });
    expect(message).toContain('TILLSTREAM_ADMIN_KEY');
    expect(message).toContain('TILLSTREAM_PORT must');
    expect(message).toContain('TILLSTREAM_PROT is unknown');
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['TILLSTREAM_DATA_DIR', 'TILLSTREAM_DATA'],
    ['TILLSTREAM_DATADIR', 'TILLSTREAM_DATA'],
    ['TILLSTREAM_PROT', 'TILLSTREAM_PORT'],
    ['TILLSTREAM_MASTERKEY', 'TILLSTREAM_MASTER_KEY'],
    ['TILLSTREAM_ALLOW_PRIVATE', 'TILLSTREAM_ALLOW_PRIVATE_TARGETS'],
  ])('the unknown %s is an error that suggests %s with an example', (name, meant) => {
    expect(refusal({ [name]: 'x' })).toMatch(
      new RegExp(`^${name} is unknown, did you mean ${meant}, e\\.g\\. ${meant}=.+\\?$`),
    );
  });

  it('an unknown variable that is like none of ours lists the known ones', () => {
    expect(refusal({ TILLSTREAM_ZZZ: 'x' })).toMatch(/^TILLSTREAM_ZZZ is unknown, known are TILLSTREAM_PROFILE, /);
  });

  it('refuses in one line, also for several problems', () => {
    expect(refusal({ TILLSTREAM_PORT: 'x', LOG_LEVEL: 'loud' })).toMatch(
      /^TILLSTREAM_PORT must .+; LOG_LEVEL must .+$/,
    );
  });

  it('the distributed profile needs keys and addresses', () => {
    const message = refusal({ TILLSTREAM_PROFILE: 'distributed' });
    for (const name of ['TILLSTREAM_ADMIN_KEY', 'TILLSTREAM_MASTER_KEY', 'KAFKA_BROKERS', 'MONGODB_URI']) {
      expect(message).toContain(`${name} is required with TILLSTREAM_PROFILE=distributed`);
    }
  });

  it('a Kafka login needs its user name and password', () => {
    expect(refusal({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' })).toContain('KAFKA_SASL_PASSWORD');
  });
});

describe('summarizeEnvironment', () => {
  it('shows values and defaults, secrets only as configured', () => {
    const summary = summarizeEnvironment({ TILLSTREAM_ADMIN_KEY: 'k'.repeat(24), TILLSTREAM_PORT: '9000' });
    expect(summary).toMatchObject({
      TILLSTREAM_ADMIN_KEY: { configured: true },
      TILLSTREAM_MASTER_KEY: { configured: false },
      TILLSTREAM_PORT: '9000',
      LOG_LEVEL: 'info',
    });
    expect(JSON.stringify(summary)).not.toContain('k'.repeat(24));
  });
});
