import { ManualClock, PermanentError, TransientError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { type BreakerState, createBreaker, isOutage } from './breaker.js';

const outage = () =>
  Promise.reject(new TransientError('quickbooks_unavailable', 'HTTP 502', { detail: { httpStatus: 502 } }));
const throttled = () =>
  Promise.reject(new TransientError('quickbooks_throttled', 'HTTP 429', { detail: { httpStatus: 429 } }));
const refused = () => Promise.reject(new PermanentError('quickbooks_rejected', 'fault 6000'));
const fine = () => Promise.resolve('fine');

function setUp() {
  const clock = new ManualClock();
  const states: BreakerState[] = [];
  const breaker = createBreaker({
    name: 'acme:quickbooks',
    clock,
    minimumCalls: 4,
    windowMs: 10_000,
    resetMs: 30_000,
    onStateChange: (state) => states.push(state),
  });
  const failing = async (times: number, call = outage) => {
    for (let i = 0; i < times; i += 1) await breaker.run(call).catch(() => {});
  };
  return { clock, breaker, states, failing };
}

describe('createBreaker', () => {
  it('passes results and errors through while closed', async () => {
    const { breaker } = setUp();
    await expect(breaker.run(fine)).resolves.toBe('fine');
    await expect(breaker.run(outage)).rejects.toMatchObject({ code: 'quickbooks_unavailable' });
    await expect(
      breaker.run(() => {
        throw new PermanentError('thrown', 'before a promise existed');
      }),
    ).rejects.toMatchObject({ code: 'thrown' });
    expect(breaker.state).toBe('closed');
  });

  it('opens after repeated outages and then makes no call until the reset time, on our clock', async () => {
    const { breaker, clock, states, failing } = setUp();
    await failing(4);
    expect(breaker.state).toBe('open');
    let called = 0;
    const probe = () => {
      called += 1;
      return fine();
    };
    clock.advance(29_999);
    await expect(breaker.run(probe)).rejects.toMatchObject({
      family: 'transient',
      code: 'breaker_open',
      retryAfterMs: 1,
    });
    expect(called).toBe(0);
    clock.advance(1);
    await expect(breaker.run(probe)).resolves.toBe('fine');
    expect(called).toBe(1);
    expect(states).toEqual(['open', 'halfOpen', 'closed']);
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('admits one trial call only, and opens again when it fails', async () => {
    const { breaker, clock, states, failing } = setUp();
    await failing(4);
    clock.advance(30_000);
    let finish: (error: Error) => void = () => {};
    const trial = breaker.run(
      () =>
        new Promise((_, reject) => {
          finish = reject;
        }),
    );
    await expect(breaker.run(fine)).rejects.toMatchObject({ code: 'breaker_open', retryAfterMs: 1_000 });
    finish(new TransientError('quickbooks_unavailable', 'still down'));
    await expect(trial).rejects.toMatchObject({ code: 'quickbooks_unavailable' });
    expect(states).toEqual(['open', 'halfOpen', 'open']);
    await expect(breaker.run(fine)).rejects.toMatchObject({ code: 'breaker_open', retryAfterMs: 30_000 });
  });

  it('does not count throttling, refusals or what we gave up ourselves (D16)', async () => {
    const { breaker, failing } = setUp();
    await failing(20, throttled);
    await failing(20, refused);
    expect(breaker.state).toBe('closed');
    expect(isOutage(new TransientError('http_not_sent', '', { detail: { reason: 'refused' } }))).toBe(true);
    expect(isOutage(new TransientError('http_outcome_unknown', '', { detail: { reason: 'aborted' } }))).toBe(false);
    expect(isOutage(new Error('a bug of ours'))).toBe(false);
  });

  it('forgets failures older than its window', async () => {
    const { breaker, clock, failing } = setUp();
    await failing(3);
    clock.advance(20_000);
    await failing(3);
    expect(breaker.state).toBe('closed');
    await failing(1);
    expect(breaker.state).toBe('open');
  });

  it('never ends a running call by itself, however long it takes', async () => {
    const { breaker, clock } = setUp();
    let finish: (value: string) => void = () => {};
    const running = breaker.run(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    clock.advance(3_600_000);
    finish('late');
    await expect(running).resolves.toBe('late');
  });
});
