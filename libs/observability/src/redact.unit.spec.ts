import { PermanentError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { createLogger } from './pino-logger.js';
import { REDACTED, redact } from './redact.js';

const SECRET = 'hunter2-hunter2-hunter2';

describe('a megabyte of hostile text', () => {
  it.each(['a', 'a:', 'Bearer ', 'x://', 'x://a:', 'cs_', ' '])(
    'of %j is looked through in less than 50 ms',
    (part) => {
      const began = performance.now();
      const safe = redact({ message: part.repeat(1_000_000 / part.length) });
      expect(performance.now() - began).toBeLessThan(50);
      expect(JSON.stringify(safe).length).toBeLessThan(80_000);
    },
  );
});

describe('redaction', () => {
  it.each([
    'authorization',
    'clientSecret',
    'client_secret',
    'refresh_token',
    'consumerKey',
    'serviceKey',
    'databaseUrl',
    'TILLSTREAM_MASTER_KEY',
    'webhookVerifierToken',
  ])('replaces the field %s at any depth', (name) => {
    const safe = redact({ a: [{ [name]: SECRET, kept: 1 }] });
    expect(safe).toEqual({ a: [{ [name]: REDACTED, kept: 1 }] });
  });

  it('keeps what only says that a secret exists', () => {
    expect(redact({ token: true, secret: null, password: '' })).toEqual({ token: true, secret: null, password: '' });
  });

  it('replaces secrets inside texts: headers, URLs, WooCommerce keys', () => {
    expect(redact(`GET x Authorization: Bearer ${SECRET}`)).not.toContain(SECRET);
    expect(redact(`postgres://user:${SECRET}@db:5432/x`)).toBe(`postgres://user:${REDACTED}@db:5432/x`);
    expect(redact('ck_0123456789abcdef refused')).toBe(`ck_${REDACTED} refused`);
  });

  it('describes errors with code, family and causes, redacted', () => {
    const cause = new Error(`Basic ${SECRET}${SECRET}`);
    const error = new PermanentError('some_code', 'message', { cause, detail: { clientSecret: SECRET, id: 7 } });
    expect(redact(error)).toMatchObject({
      type: 'PermanentError',
      code: 'some_code',
      family: 'permanent',
      detail: { clientSecret: REDACTED, id: 7 },
      cause: { message: `Basic ${REDACTED}` },
    });
    expect(JSON.stringify(redact(error))).not.toContain(SECRET);
  });

  it('survives circular values', () => {
    const circular: Record<string, unknown> = { name: 'x' };
    circular['self'] = circular;
    expect(JSON.stringify(redact(circular))).toContain('[too deep]');
  });
});

describe('createLogger', () => {
  function captured(level: 'debug' | 'info') {
    const lines: Record<string, unknown>[] = [];
    const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
    return { lines, logger: createLogger({ level, stream, pretty: false }) };
  }

  it('writes one JSON line with level, time, child fields and message, without secrets', () => {
    const { lines, logger } = captured('info');
    logger.child({ service: 'projector', apiKey: SECRET }).warn({ token: SECRET, batch: 3 }, `Bearer ${SECRET}`);
    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        service: 'projector',
        apiKey: REDACTED,
        token: REDACTED,
        batch: 3,
        message: `Bearer ${REDACTED}`,
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = captured('info');
    logger.debug({}, 'detail');
    expect(lines).toEqual([]);
  });
});
