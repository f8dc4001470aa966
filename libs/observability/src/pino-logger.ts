import { type DestinationStream, destination, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { build as pretty } from 'pino-pretty';
import type { LogFields, Logger, LogLevel } from './logger.js';
import { redact, redactText } from './redact.js';
import { traceFields } from './tracing/active-trace.js';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where lines go; default: stderr, synchronously, so that the last words before a crash are not lost. */
  readonly stream?: DestinationStream;
  /** For people; default: only when stderr is a terminal. */
  readonly pretty?: boolean;
}

/**
 * JSON lines on stderr (stdout belongs to the ready line), pretty on a terminal. No secret leaves it (I10). Lines written
 * within a span carry its `traceId` and `spanId`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const usePretty = options.pretty ?? (options.stream === undefined && process.stderr.isTTY === true);
  const stream = options.stream ?? (usePretty ? prettyStderr() : destination({ dest: 2, sync: true }));
  const base = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'message',
      mixin: traceFields,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return wrap(base);
}

function prettyStderr(): DestinationStream {
  return pretty({ destination: 2, sync: true, messageKey: 'message', colorize: true, ignore: 'pid,hostname' });
}

function wrap(logger: PinoLogger): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](redact(fields), redactText(message));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(logger.child(redact(fields) as Record<string, unknown>)),
  };
}
