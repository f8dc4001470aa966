import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { PermanentError } from '@tillstream/kernel';

export interface Stack {
  readonly brokers: string;
  readonly mongoUri: string;
}

const STACK = path.join(import.meta.dirname.replace(/\/services\/.*$/, ''), 'deploy/local/main.mjs');

/** The servers named by KAFKA_BROKERS and MONGODB_URI, else the stack of this checkout. Throws `stack_unavailable`. */
export function runningStack(): Stack {
  const { KAFKA_BROKERS: brokers, MONGODB_URI: mongoUri } = process.env;
  if (brokers && mongoUri) return { brokers, mongoUri };
  const status = JSON.parse(execFileSync(process.execPath, [STACK, 'status'], { encoding: 'utf8' })) as Status;
  if (status.running && status.kafkaBrokers && status.mongoUri) {
    return { brokers: status.kafkaBrokers, mongoUri: status.mongoUri };
  }
  const message = 'no Kafka and MongoDB here: run `npm run stack:up` first, or set KAFKA_BROKERS and MONGODB_URI';
  throw new PermanentError('stack_unavailable', message);
}

interface Status {
  readonly running: boolean;
  readonly kafkaBrokers?: string | null;
  readonly mongoUri?: string | null;
}
