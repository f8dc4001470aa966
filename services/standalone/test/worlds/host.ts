import { loadConfig } from '@tillstream/config';
import { SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { SupabaseSandbox } from '@tillstream/sandbox';
import { schemaSql } from '@tillstream/supabase';
import { tempDir } from '@tillstream/testing';
import { ApiClient } from '../../src/client/api.js';
import { type Standalone, startStandalone } from '../../src/compose.js';
import { noteRowChanges, rowChanges } from '../../src/world/row-changes.js';
import { type SupabaseRoute, supabaseBody } from '../../src/world/world.js';

const CLOCK_FACTOR = 20;
const ADMIN_KEY = 'worlds-admin-key-0123456789abcdef';

/** One product and one Supabase project for all worlds; each world is a tenant with a shop and a company of its own. */
export class Host {
  private constructor(
    readonly clock: SystemClock,
    private readonly supabase: SupabaseSandbox,
    private readonly product: Standalone,
    private readonly folder: ReturnType<typeof tempDir>,
  ) {}

  static async start(): Promise<Host> {
    const clock = new SystemClock(CLOCK_FACTOR);
    const setup = schemaSql({ schema: 'public', prefix: 'woo_' });
    const supabase = await SupabaseSandbox.start({ clock, setup });
    await noteRowChanges(supabase.control, 'woo_');
    const folder = tempDir();
    const config = loadConfig({
      TILLSTREAM_DATA: folder.path,
      TILLSTREAM_PORT: '0',
      TILLSTREAM_GRPC_PORT: '0',
      TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
    });
    const quickbooks = { perMinute: null, perSecond: null };
    const product = await startStandalone({ config, clock, logger: SILENT_LOGGER, quickbooks });
    return new Host(clock, supabase, product, folder);
  }

  async close(): Promise<void> {
    await this.product.stop();
    await this.supabase.close();
    this.folder.remove();
  }

  async tenant(tenantId: string): Promise<ApiClient> {
    const admin = new ApiClient(this.product.httpUrl, ADMIN_KEY);
    const body = { tenantId, name: tenantId };
    const { adminKey } = await admin.expect<{ adminKey: string }>([201], 'POST', '/api/tenants', body);
    return new ApiClient(this.product.httpUrl, adminKey);
  }

  supabaseBody(route: SupabaseRoute) {
    return supabaseBody(this.supabase, route);
  }

  /** Rows of a tenant that were inserted, updated or deleted so far, as the database noted it. */
  async rowChanges(tenantId: string): Promise<number> {
    return (await rowChanges(this.supabase.control)).filter(({ tenant }) => tenant === tenantId).length;
  }
}
