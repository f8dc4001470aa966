import { VARIABLES, type Variable, type VariableValue } from './variables.js';

/** What a process was told by its environment. null = not set and without a default. */
export interface Config {
  readonly profile: VariableValue<'TILLSTREAM_PROFILE'>;
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly dataDir: string;
  readonly publicUrl: string | null;
  readonly allowPrivateTargets: boolean;
  readonly adminKey: string | null;
  readonly masterKey: string | null;
  readonly masterKeyPrevious: string | null;
  readonly cli: { readonly url: string | null; readonly apiKey: string | null };
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly saslMechanism: VariableValue<'KAFKA_SASL_MECHANISM'>;
    readonly saslUsername: string | null;
    readonly saslPassword: string | null;
    readonly sslCa: string | null;
    readonly topicPrefix: string;
  };
  readonly mongodbUri: string | null;
  readonly otlpEndpoint: string | null;
  readonly logLevel: VariableValue<'LOG_LEVEL'>;
}

/** For the first log line: every variable with its value or default; secrets only as configured or not. */
export function summarizeEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(VARIABLES).map(([name, variable]: [string, Variable]) => {
      const text = env[name] || variable.default;
      return [name, variable.secret ? { configured: text !== null } : text];
    }),
  );
}
