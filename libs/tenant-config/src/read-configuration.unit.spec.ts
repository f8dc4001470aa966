import type { ConnectionDocument } from '@tillstream/contracts';
import { defaultSettings } from '@tillstream/contracts';
import type { Versioned } from '@tillstream/document-store';
import { describe, expect, it } from 'vitest';
import { readConnection, readConnections, readSettings } from './read-configuration.js';

function storeOf(docs: Readonly<Record<string, Partial<ConnectionDocument> | object>>) {
  const get = <T>(_collection: string, id: string): Promise<Versioned<T> | null> =>
    Promise.resolve(id in docs ? { id, version: 1, doc: docs[id] as T } : null);
  return {
    get,
    getMany: async <T>(collection: string, ids: readonly string[]) => {
      const found = await Promise.all(ids.map((id) => get<T>(collection, id)));
      return new Map(found.flatMap((one) => (one === null ? [] : [[one.id, one] as const])));
    },
  };
}

describe('what a tenant configured', () => {
  const store = storeOf({
    't:quickbooks': { identity: '1', removed: true },
    't:woocommerce': { identity: 'https://shop.example' },
  });

  it('has no removed connection, for nobody', async () => {
    const found = await readConnections(store, 't', ['woocommerce', 'quickbooks', 'supabase']);
    expect([...found.keys()]).toEqual(['woocommerce']);
    expect(await readConnection(store, 't', 'quickbooks')).toBeNull();
    expect((await readConnection(store, 't', 'woocommerce'))?.doc.identity).toBe('https://shop.example');
  });

  it('has default settings until somebody changes them', async () => {
    expect(await readSettings(storeOf({}), 't')).toEqual(defaultSettings());
  });
});
