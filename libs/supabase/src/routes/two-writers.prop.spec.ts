import { startPostgres, type TestPostgres } from '@tillstream/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll, rawOrder, record } from '../../test/records.js';
import { type MirroredRecord, postgresRoute, SupabaseFailure, type SupabaseRoute } from '../index.js';

const PLACE = { schema: 'public', prefix: 'woo_' };
let server: TestPostgres;
let db: pg.Client;
let routes: readonly SupabaseRoute[];

beforeAll(async () => {
  server = await startPostgres();
  db = new pg.Client({ connectionString: server.url });
  await db.connect();
  routes = [1, 2].map(() => postgresRoute({ ...PLACE, databaseUrl: server.url, allowPrivateTargets: true }));
  // Both at once: the advisory lock lets one after the other.
  await Promise.all(routes.map(async (route) => route.install?.()));
});
afterAll(async () => {
  await Promise.all(routes.map((route) => route.close()));
  await db.end();
  await server.stop();
});

/** Numbers that look random and are the same every time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ORDERS = 40;

function batch(pick: (below: number) => number): MirroredRecord[] {
  const ids = new Set(Array.from({ length: 30 }, () => 1 + pick(ORDERS)));
  return [...ids]
    .map((id) => ({ id, version: 1 + pick(50) }))
    .toSorted(() => pick(2) - 0.5)
    .map(({ id, version }) => {
      const deleted = version % 11 === 0;
      const line_items = Array.from({ length: version % 4 }, (_, index) => ({
        id: id * 100 + index,
        name: `v${version}`,
      }));
      const raw = rawOrder(id, { status: `v${version}`, line_items, shipping_lines: [] });
      return record({ id, version, deleted, raw: version % 22 === 0 ? null : raw });
    });
}

async function persistently(route: SupabaseRoute, records: readonly MirroredRecord[]) {
  for (;;) {
    try {
      return await applyAll(route, records);
    } catch (thrown) {
      if (!(thrown instanceof SupabaseFailure) || thrown.kind !== 'again') throw thrown;
    }
  }
}

it('two writers with overlapping, reordered and repeated batches end at the newest version of every record', async () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    await db.query('truncate woo_orders, woo_order_lines, woo_order_refunds');
    const pick = generator(seed);
    const lanes = [1, 2].map(() => Array.from({ length: 8 }, () => batch(pick)));
    const newest = new Map<string, number>();
    const highest = new Map<string, number>();
    await Promise.all(
      lanes.map(async (batches, lane) => {
        for (const records of batches) {
          const route = routes[lane] as SupabaseRoute;
          const applied = await persistently(route, records);
          const again = pick(4) === 0 ? await persistently(route, records) : applied;
          records.forEach(({ sourceId, sourceVersion, deleted }, index) => {
            const first = applied[index]?.outcome;
            expect(['created', 'updated', 'unchanged', 'outdated']).toContain(first);
            // What was current is repeated, or was overtaken by the other writer meanwhile.
            expect([first, 'outdated', ...(deleted ? ['unchanged', 'updated'] : [])]).toContain(again[index]?.outcome);
            highest.set(sourceId, Math.max(highest.get(sourceId) ?? 0, sourceVersion));
            if (!deleted) newest.set(sourceId, Math.max(newest.get(sourceId) ?? 0, sourceVersion));
          });
        }
      }),
    );
    const { rows } = await db.query<{
      id: string;
      status: string;
      v: number;
      gone: boolean;
      raw: unknown;
      lines: string[] | null;
    }>(
      `select o.id, o.status, o.source_version::int v, o.deleted_at is not null gone, array_agg(l.name) filter (where l.id is not null) lines
       from woo_orders o left join woo_order_lines l on l.order_id = o.id group by o.tenant, o.source, o.id`,
    );
    for (const { id, status, v, gone, lines } of rows) {
      // A deletion that came before the record's first writing found nothing to delete.
      expect(v).toBeGreaterThanOrEqual(newest.get(`woo:${id}`) ?? 0);
      expect(v).toBeLessThanOrEqual(highest.get(`woo:${id}`) ?? 0);
      expect(gone).toBe(v % 11 === 0);
      // A deletion without a source record leaves what was there.
      const kept = v % 22 === 0;
      expect(kept || status === `v${v}`).toBe(true);
      expect(kept ? [] : (lines ?? [])).toEqual(kept ? [] : Array.from({ length: v % 4 }, () => `v${v}`));
    }
    expect(rows.length).toBe(newest.size);
  }
});
