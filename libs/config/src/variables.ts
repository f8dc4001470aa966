import { z } from 'zod';

/** One environment variable: the only place where its default, its rule and its documentation stand. */
export interface Variable {
  readonly schema: z.ZodType;
  /** As text, the way it would be written; null = not set. */
  readonly default: string | null;
  /** A valid value, shown in errors and in .env.example. */
  readonly example: string;
  /** What a value must be, for the error message: "must be …". */
  readonly mustBe: string;
  readonly about: string;
  readonly section: 'service' | 'secrets' | 'cli' | 'distributed' | 'observability';
  /** Shown only as configured or not. */
  readonly secret?: true;
}

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().max(65_535));
const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const MasterKey = z.string().refine((text) => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text;
});
const HttpUrl = z.url({ protocol: /^https?$/ });
const Text = z.string().min(1);

export const VARIABLES = {
  TILLSTREAM_PROFILE: {
    schema: z.enum(['embedded', 'distributed']),
    default: 'embedded',
    example: 'embedded',
    mustBe: '"embedded" or "distributed"',
    about: 'embedded: one process, data in one folder. distributed: a process per service over Kafka and MongoDB.',
    section: 'service',
  },
  TILLSTREAM_HOST: {
    schema: Text.max(255),
    default: '127.0.0.1',
    example: '127.0.0.1',
    mustBe: 'a host name or address to listen on',
    about: 'Where REST, gRPC, health and metrics listen.',
    section: 'service',
  },
  TILLSTREAM_PORT: {
    schema: Port,
    default: '8080',
    example: '8080',
    mustBe: 'a port from 0 to 65535',
    about: 'Port of REST, health and metrics; 0 picks a free one.',
    section: 'service',
  },
  TILLSTREAM_GRPC_PORT: {
    schema: Port,
    default: '50051',
    example: '50051',
    mustBe: 'a port from 0 to 65535',
    about: 'Port of gRPC with its health and reflection (query-api only); 0 picks a free one.',
    section: 'service',
  },
  TILLSTREAM_DATA: {
    schema: Text,
    default: '.tillstream',
    example: '/var/lib/tillstream',
    mustBe: 'the path of a folder',
    about: 'Data folder of the embedded profile; created with mode 0700.',
    section: 'service',
  },
  TILLSTREAM_PUBLIC_URL: {
    schema: HttpUrl,
    default: null,
    example: 'https://sync.example.com',
    mustBe: 'an https address (http only together with TILLSTREAM_ALLOW_PRIVATE_TARGETS=true)',
    about: 'The https address under which the OAuth callback is reachable.',
    section: 'service',
  },
  TILLSTREAM_ALLOW_PRIVATE_TARGETS: {
    schema: Flag,
    default: 'false',
    example: 'true',
    mustBe: '"true" or "false"',
    about: 'Allow remote base URLs on http or on loopback and private addresses (tests, on-premises shops).',
    section: 'service',
  },
  TILLSTREAM_ADMIN_KEY: {
    schema: z.string().regex(/^[\x21-\x7e]{24,}$/),
    default: null,
    example: 'a-long-random-text-of-24-or-more',
    mustBe: 'at least 24 printable characters without spaces',
    about:
      'The first admin API key. Unset: generated at first start into <data>/admin.key (0600). Distributed: required.',
    section: 'secrets',
    secret: true,
  },
  TILLSTREAM_MASTER_KEY: {
    schema: MasterKey,
    default: null,
    example: 'output of: openssl rand -base64 32',
    mustBe: 'base64 of exactly 32 bytes',
    about:
      'Encrypts credentials. Unset: generated at first start into <data>/master.key (0600). Distributed: required.',
    section: 'secrets',
    secret: true,
  },
  TILLSTREAM_MASTER_KEY_PREVIOUS: {
    schema: MasterKey,
    default: null,
    example: 'the master key before a rotation',
    mustBe: 'base64 of exactly 32 bytes',
    about: 'The key before a rotation; records are encrypted again as they are touched. The same for all services.',
    section: 'secrets',
    secret: true,
  },
  TILLSTREAM_URL: {
    schema: HttpUrl,
    default: null,
    example: 'http://127.0.0.1:8080',
    mustBe: 'an http or https address',
    about:
      'CLI: the instance to talk to. Unset: the one running on the data folder. Distributed: required, with the key.',
    section: 'cli',
  },
  TILLSTREAM_API_KEY: {
    schema: Text,
    default: null,
    example: 'ts_…',
    mustBe: 'an API key',
    about: 'CLI: the API key to use. Unset: the admin key of the data folder.',
    section: 'cli',
    secret: true,
  },
  KAFKA_BROKERS: {
    schema: z.string().regex(/^[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*$/),
    default: null,
    example: 'kafka-1:9092,kafka-2:9092',
    mustBe: 'host:port, several separated by commas',
    about: 'Kafka bootstrap servers. Distributed: required.',
    section: 'distributed',
  },
  KAFKA_SASL_MECHANISM: {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    default: null,
    example: 'scram-sha-512',
    mustBe: '"plain", "scram-sha-256" or "scram-sha-512"',
    about: 'How to log in to Kafka; needs user name and password.',
    section: 'distributed',
  },
  KAFKA_SASL_USERNAME: {
    schema: Text,
    default: null,
    example: 'tillstream',
    mustBe: 'a user name',
    about: 'Kafka user.',
    section: 'distributed',
  },
  KAFKA_SASL_PASSWORD: {
    schema: Text,
    default: null,
    example: 'secret',
    mustBe: 'a password',
    about: 'Kafka password.',
    section: 'distributed',
    secret: true,
  },
  KAFKA_SSL_CA: {
    schema: Text,
    default: null,
    example: '/etc/kafka/ca.pem',
    mustBe: 'the path of a PEM file',
    about: 'Certificate authority of the Kafka brokers; set = connect with TLS.',
    section: 'distributed',
  },
  KAFKA_TOPIC_PREFIX: {
    schema: z.string().regex(/^[a-z0-9._-]{1,50}$/),
    default: null,
    example: 'shop1.',
    mustBe: 'up to 50 of a-z, 0-9, ".", "_" and "-"',
    about:
      'Put before every topic and group name, for clusters that are shared. Must not change: another prefix is another, empty log.',
    section: 'distributed',
  },
  MONGODB_URI: {
    schema: z.string().regex(/^mongodb(\+srv)?:\/\/\S+$/),
    default: null,
    example: 'mongodb://mongo:27017/tillstream',
    mustBe: 'an address that starts with mongodb:// or mongodb+srv://',
    about: 'MongoDB address; without a database name: tillstream. Distributed: required.',
    section: 'distributed',
    secret: true,
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: HttpUrl,
    default: null,
    example: 'http://otel-collector:4318',
    mustBe: 'an http or https address',
    about: 'Where traces go; unset = no traces.',
    section: 'observability',
  },
  LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    example: 'info',
    mustBe: '"debug", "info", "warn", "error" or "silent"',
    about: 'JSON lines on stderr from this level up; pretty only on a terminal.',
    section: 'observability',
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
/** Value of a variable after its schema; null when unset and without a default. */
export type VariableValue<N extends VariableName> =
  | z.infer<(typeof VARIABLES)[N]['schema']>
  | ((typeof VARIABLES)[N]['default'] extends null ? null : never);
