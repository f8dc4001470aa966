import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { fixIdleTimer } from './idle-timer.js';

const require = createRequire(import.meta.url);
const { version } = require('kafkajs/package.json') as { version: string };
const RequestQueue = require('kafkajs/src/network/requestQueue') as new (
  options: object,
) => {
  readonly pending: unknown[];
  throttleCheckTimeoutId: unknown;
  push(request: object): void;
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
  destroy(): void;
};
const logger = { debug: () => {}, warn: () => {} };
const newQueue = () =>
  new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1000, clientId: 'c', broker: 'b', logger });
const request = (correlationId: number, sent: number[]) => ({
  entry: { correlationId, resolve: () => {}, reject: () => {} },
  expectResponse: true,
  sendRequest: () => sent.push(correlationId),
});
const answer = (correlationId: number) => ({ correlationId, payload: Buffer.alloc(0), size: 0 });

describe('work-around of the idle timer of kafkajs', () => {
  it('is made for exactly the version that is installed', () => expect(version).toBe('2.2.4'));

  it('meets the fault: without it an idle connection has a timer', () => {
    const queue = newQueue();
    queue.push(request(1, []));
    queue.fulfillRequest(answer(1));
    const idle = queue.throttleCheckTimeoutId;
    queue.destroy();
    expect(idle).not.toBeNull();
  });

  describe('applied', () => {
    beforeAll(() => {
      fixIdleTimer();
      fixIdleTimer();
    });

    it('sets no timer while nothing waits', () => {
      const queue = newQueue();
      queue.push(request(1, []));
      queue.fulfillRequest(answer(1));
      expect(queue.throttleCheckTimeoutId).toBeNull();
    });

    it('still sends what waits, by timer and when an answer comes', async () => {
      const queue = newQueue();
      const sent: number[] = [];
      queue.push(request(1, sent));
      queue.push(request(2, sent));
      expect(queue.throttleCheckTimeoutId).not.toBeNull();
      queue.fulfillRequest(answer(1));
      await vi.waitFor(() => expect(sent).toEqual([1, 2]));
      queue.destroy();
    });
  });
});
