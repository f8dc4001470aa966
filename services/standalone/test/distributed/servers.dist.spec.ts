import { eventually } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { pause } from '../../src/supervised/through-deaths.js';
import { booked, finished, invoices, patiently, play, startRun } from './support.js';

const TIMEOUT_MS = 300_000;
/** Real time. */
const OUTAGE_MS = 30_000;

describe('servers that go away under load, every service a process', () => {
  it(
    'the broker is killed with SIGKILL and started again: every order is booked once',
    async () => {
      await play({ seed: 900, own: ['kafka'] }, async (scene) => {
        const syncId = await startRun(scene);
        await booked(scene, 10);
        await scene.kafka.kill();
        await pause(2000);
        await scene.kafka.restart();
        const run = await finished(scene, syncId);
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
        expect(scene.product.deaths).toBe(0);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'the document store is stopped for 30 s: readiness says so, nobody dies, and every order is booked once',
    async () => {
      await play({ seed: 901, own: ['mongo'], clockFactor: 5 }, async (scene) => {
        const { product } = scene;
        const syncId = await startRun(scene);
        await booked(scene, 10);
        await scene.mongo.kill();
        const began = performance.now();
        await eventually(async () => (await readiness(product.fleet.members[0]?.ready.httpUrl)).status === 503, {
          timeoutMs: OUTAGE_MS,
          intervalMs: 250,
        });
        await pause(OUTAGE_MS - (performance.now() - began));
        const before = invoices(scene.world);
        await scene.mongo.restart();
        const run = await finished(scene, syncId);
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
        expect(before).toBeLessThan(invoices(scene.world));
        expect(product.deaths).toBe(0);
        await patiently(product, (api) => api.expect([200], 'GET', '/health/ready'));
      });
    },
    TIMEOUT_MS,
  );
});

async function readiness(url = ''): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${url}/health/ready`);
  return { status: answer.status, text: await answer.text() };
}
