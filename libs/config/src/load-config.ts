import { PermanentError } from '@tillstream/kernel';
import type { Config } from './config.js';
import { VARIABLES, type Variable, type VariableName, type VariableValue } from './variables.js';

const PREFIX = 'TILLSTREAM_';
/** From this likeness on a name is taken for a mistyped one. */
const ALIKE = 0.5;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The typed configuration of a process. An empty variable counts as unset. Throws `config_invalid` whose message names
 * every wrong, missing or unknown variable with an example; values are never repeated, they may be secrets.
 */
export function loadConfig(env: Environment): Config {
  const problems = unknownVariables(env);
  const read = <N extends VariableName>(name: N): VariableValue<N> => {
    const text = env[name] || VARIABLES[name].default;
    if (text === null) return null as VariableValue<N>;
    const parsed = VARIABLES[name].schema.safeParse(text);
    if (parsed.success) return parsed.data as VariableValue<N>;
    problems.push(wrong(name));
    return null as VariableValue<N>;
  };
  const config: Config = {
    profile: read('TILLSTREAM_PROFILE'),
    host: read('TILLSTREAM_HOST'),
    port: read('TILLSTREAM_PORT'),
    grpcPort: read('TILLSTREAM_GRPC_PORT'),
    dataDir: read('TILLSTREAM_DATA'),
    publicUrl: read('TILLSTREAM_PUBLIC_URL'),
    allowPrivateTargets: read('TILLSTREAM_ALLOW_PRIVATE_TARGETS'),
    adminKey: read('TILLSTREAM_ADMIN_KEY'),
    masterKey: read('TILLSTREAM_MASTER_KEY'),
    masterKeyPrevious: read('TILLSTREAM_MASTER_KEY_PREVIOUS'),
    cli: { url: read('TILLSTREAM_URL'), apiKey: read('TILLSTREAM_API_KEY') },
    kafka: {
      brokers: read('KAFKA_BROKERS')?.split(',') ?? [],
      saslMechanism: read('KAFKA_SASL_MECHANISM'),
      saslUsername: read('KAFKA_SASL_USERNAME'),
      saslPassword: read('KAFKA_SASL_PASSWORD'),
      sslCa: read('KAFKA_SSL_CA'),
      topicPrefix: read('KAFKA_TOPIC_PREFIX') ?? '',
    },
    mongodbUri: read('MONGODB_URI'),
    otlpEndpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT'),
    logLevel: read('LOG_LEVEL'),
  };
  if (problems.length === 0) problems.push(...brokenCombinations(config));
  if (problems.length > 0) {
    throw new PermanentError('config_invalid', problems.join('; '), { detail: { problems } });
  }
  return config;
}

function wrong(name: VariableName): string {
  const { mustBe, example }: Variable = VARIABLES[name];
  return `${name} must be ${mustBe}, e.g. ${name}=${example}`;
}

/** A mistyped name would silently mean the default, so every unknown name of ours is an error. */
function unknownVariables(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !Object.hasOwn(VARIABLES, name))
    .sort()
    .map((name) => `${name} is unknown, ${suggestion(name)}`);
}

/** The known name that shares most with `name`: `TILLSTREAM_DATADIR` is nearest to `TILLSTREAM_DATA`. */
function suggestion(name: string): string {
  const known = Object.keys(VARIABLES).filter((candidate) => candidate.startsWith(PREFIX));
  const best = known.toSorted((a, b) => likeness(name, b) - likeness(name, a))[0];
  if (best === undefined || likeness(name, best) < ALIKE) return `known are ${known.join(', ')}`;
  const { example }: Variable = VARIABLES[best as VariableName];
  return `did you mean ${best}, e.g. ${best}=${example}?`;
}

/** Share of letters and pairs of neighbours that two names have in common after the prefix (Dice), 0 to 1. */
function likeness(a: string, b: string): number {
  const [left, right] = [traits(a), traits(b)];
  const shared = [...left].filter((trait) => right.has(trait)).length;
  return (2 * shared) / (left.size + right.size);
}

function traits(name: string): Set<string> {
  const text = `_${name.slice(PREFIX.length)}_`;
  const pairs = Array.from({ length: text.length - 1 }, (_, index) => text.slice(index, index + 2));
  return new Set([...text.split(''), ...pairs]);
}

function brokenCombinations(config: Config): string[] {
  const problems: string[] = [];
  if (config.publicUrl?.startsWith('http:') && !config.allowPrivateTargets) {
    problems.push(wrong('TILLSTREAM_PUBLIC_URL'));
  }
  const { saslMechanism, saslUsername, saslPassword } = config.kafka;
  if (saslMechanism !== null && saslUsername === null)
    problems.push(needed('KAFKA_SASL_USERNAME', 'KAFKA_SASL_MECHANISM'));
  if (saslMechanism !== null && saslPassword === null)
    problems.push(needed('KAFKA_SASL_PASSWORD', 'KAFKA_SASL_MECHANISM'));
  if (config.profile === 'distributed') problems.push(...missingForDistributed(config));
  return problems;
}

function missingForDistributed(config: Config): string[] {
  const required: readonly [VariableName, boolean][] = [
    ['TILLSTREAM_ADMIN_KEY', config.adminKey === null],
    ['TILLSTREAM_MASTER_KEY', config.masterKey === null],
    ['KAFKA_BROKERS', config.kafka.brokers.length === 0],
    ['MONGODB_URI', config.mongodbUri === null],
  ];
  return required.filter(([, missing]) => missing).map(([name]) => needed(name, 'TILLSTREAM_PROFILE=distributed'));
}

function needed(name: VariableName, because: string): string {
  return `${name} is required with ${because}, e.g. ${name}=${VARIABLES[name].example}`;
}
