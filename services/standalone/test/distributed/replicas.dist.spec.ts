import { eventually } from '@tillstream/testing';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/client/api.js';
import { SERVICES } from '../../src/distributed/roster.js';
import { PROCESS_ADMIN_KEY } from '../../src/supervised/process.js';
import { pause } from '../../src/supervised/through-deaths.js';
import { booked, finished, play, SESSION_MS, startRun } from './support.js';

const TIMEOUT_MS = 300_000;

describe('two processes of every service', () => {
  it(
    'a rolling restart under load loses nothing and books nothing twice',
    async () => {
      await play({ seed: 910, replicas: 2, orders: 80 }, async (scene) => {
        const syncId = await startRun(scene);
        await booked(scene, 5);
        await scene.product.fleet.roll();
        const run = await finished(scene, syncId);
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
        expect(scene.product.deaths).toBe(0);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'one of two runs asked for at once at two APIs is refused, naming the other',
    async () => {
      await play({ seed: 911, replicas: 2, clockFactor: 1, orders: 8 }, async (scene) => {
        const apis = scene.product.fleet
          .of('query-api')
          .map(({ ready }) => new ApiClient(ready.httpUrl, PROCESS_ADMIN_KEY));
        const body = { mode: 'full', target: 'quickbooks' };
        const answers = await Promise.all(
          apis.map((api) => api.call<Record<string, string>>('POST', '/api/sync/orders', body)),
        );
        const [accepted, refused] = answers.toSorted((a, b) => a.status - b.status);
        expect(accepted?.status).toBe(202);
        expect(refused).toMatchObject({
          status: 409,
          body: { code: 'sync_already_running', syncId: accepted?.body['syncId'] },
        });
        await finished(scene, accepted?.body['syncId'] ?? '');
      });
    },
    TIMEOUT_MS,
  );

  it(
    'consumers paused past their session are taken over, and what they do when they wake up counts for nothing',
    async () => {
      await play({ seed: 912, replicas: 2, orders: 80 }, async (scene) => {
        const { fleet } = scene.product;
        const syncId = await startRun(scene);
        await booked(scene, 10);
        // Whichever process owns the shop's company, run and records: half of each service is paused at a time.
        for (const replica of [0, 1]) {
          const paused = SERVICES.filter((service) => service !== 'query-api').flatMap((service) =>
            fleet.of(service).filter((member) => member.replica === replica),
          );
          for (const { process } of paused) process.signal('SIGSTOP');
          await pause(SESSION_MS * 2);
          for (const { process } of paused) process.signal('SIGCONT');
          await fleet.allReady();
        }
        const run = await finished(scene, syncId);
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
        expect(scene.product.deaths).toBe(0);
        const said = fleet.members.map(({ process }) => process.stderr()).join('');
        expect(said).toMatch(/offset refused|consumer ended|taken over|belongs to another/);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'a killed process is taken over by the other before it is back',
    async () => {
      await play({ seed: 913, replicas: 2, orders: 60 }, async (scene) => {
        const syncId = await startRun(scene);
        await booked(scene, 10);
        for (const service of SERVICES) {
          const [victim] = scene.product.fleet.of(service);
          victim?.process.signal('SIGKILL');
        }
        await eventually(() => scene.product.deaths === SERVICES.length, { timeoutMs: 10_000 });
        const run = await finished(scene, syncId);
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
      });
    },
    TIMEOUT_MS,
  );
});
