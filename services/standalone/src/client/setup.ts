import type { World } from '../world/world.js';
import type { ApiClient } from './api.js';

interface SettingsDocument {
  readonly version: number;
  readonly orders: Readonly<Record<string, unknown>>;
}

/** Connects shop, company and, when there is one, the Supabase project, and chooses to book everything: what a new user does first. Safe to repeat. */
export async function connect(api: ApiClient, world: Pick<World, 'connections'>): Promise<void> {
  await api.expect([200, 201], 'PUT', '/api/connections/woocommerce', world.connections.woocommerce);
  await api.expect([200, 201], 'PUT', '/api/connections/quickbooks', world.connections.quickbooks);
  const { supabase } = world.connections;
  if (supabase) await api.expect([200, 201], 'PUT', '/api/connections/supabase', supabase);
  const settings = await api.expect<SettingsDocument>([200], 'GET', '/api/settings');
  if (settings.orders['createdFrom'] === 'all') return;
  await api.expect([200], 'PUT', '/api/settings', { ...settings, orders: { ...settings.orders, createdFrom: 'all' } });
}
