import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InvariantError, SystemClock } from '@tillstream/kernel';
import {
  companyForShop,
  generateShop,
  type GeneratedShop,
  type PlantedCounts,
  QuickBooksSandbox,
  SANDBOX_READ_KEY,
  seedBooks,
  WooSandbox,
} from '@tillstream/sandbox';
import { tempDir } from '@tillstream/testing';

/** A minute of product and sandboxes is a second here. */
const CLOCK_FACTOR = 60;
const REALM_ID = '9341450000000001';
const APP = { clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' };
/** Scaled, a second is a few real milliseconds: a per-second limit would measure this machine, not the product. */
const LIMITS = { perMinute: 500, perSecond: null, inFlight: null };

/** The product as it is built: the command line finds it by its data folder, as a person's does. */
const PRODUCT = built('standalone/dist/src/supervised/child.js');
const CLI = built('cli/dist/src/main.js');

function built(file: string): string {
  return fileURLToPath(new URL(`../../../${file}`, import.meta.url));
}

export interface ShopOptions {
  readonly orders: number;
  readonly planted?: PlantedCounts;
  /** Of each QuickBooks request, milliseconds of the scaled clock. */
  readonly latencyMs?: number;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shop, a company and the product on a data folder of its own; commands run as processes like a person's. */
export class Shop {
  private constructor(
    readonly generated: GeneratedShop,
    readonly bodies: { readonly woocommerce: object; readonly quickbooks: object },
    readonly quickbooks: QuickBooksSandbox,
    readonly dataDir: string,
    private readonly parts: { close(): Promise<void> }[],
  ) {}

  static async start({ orders, planted = 0, latencyMs = 0 }: ShopOptions): Promise<Shop> {
    const origin = Date.now();
    const clock = new SystemClock(CLOCK_FACTOR, origin);
    const generated = generateShop({ seed: 7, orders, planted });
    const woo = await WooSandbox.start({ clock, shop: generated, site: generated.site, seed: 7 });
    const quickbooks = await QuickBooksSandbox.start({
      clock,
      app: APP,
      companies: [companyForShop(generated, REALM_ID, { limits: LIMITS })],
      latencyMs,
    });
    seedBooks(quickbooks.control, REALM_ID, generated.quickbooksSeed);
    const folder = tempDir();
    const product = await startProduct(folder.path, origin);
    const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
    const { apiBaseUrl, tokenUrl, authorizeUrl } = quickbooks;
    const refreshToken = quickbooks.control.issueRefreshToken(REALM_ID);
    const urls = { apiBaseUrl, tokenUrl, authorizeUrl };
    const bodies = {
      woocommerce: { storeUrl: woo.url, consumerKey, consumerSecret },
      quickbooks: { environment: 'sandbox', realmId: REALM_ID, ...APP, refreshToken, ...urls },
    };
    const removal = { close: async () => folder.remove() };
    return new Shop(generated, bodies, quickbooks, folder.path, [product, woo, quickbooks, removal]);
  }

  /** Connects shop and company and chooses to book everything. */
  async connect(): Promise<void> {
    for (const [platform, body] of Object.entries(this.bodies)) {
      must(await this.cli(['connections', 'set', platform], { stdin: JSON.stringify(body) }));
    }
    must(await this.cli(['settings', 'set', 'orders.createdFrom', 'all']));
  }

  cli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
    return runCli(args, { ...options, env: { TILLSTREAM_DATA: this.dataDir, ...options.env } });
  }

  async close(): Promise<void> {
    for (const part of this.parts) await part.close();
  }
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends SIGINT as soon as stderr says this. */
  readonly interruptAt?: string;
}

/** One command line as a process of its own, without a terminal. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [CLI, ...args], {
    // The channel is there when an older Node stands in front (scripts/run.mjs): it must not keep a command alive.
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
  });
  let [stdout, stderr, interruptAt] = ['', '', options.interruptAt];
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (interruptAt === undefined || !stderr.includes(interruptAt)) return;
    interruptAt = undefined;
    child.kill('SIGINT');
  });
  child.stdin?.end(options.stdin ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

function must({ code, stderr }: CliResult): void {
  if (code !== 0) throw new InvariantError('test_premise', stderr);
}

async function startProduct(dataDir: string, clockOriginMs: number): Promise<{ close(): Promise<void> }> {
  const options = {
    clockFactor: CLOCK_FACTOR,
    clockOriginMs,
    quickbooks: { requestDeadlineMs: 30_000, settleMarginMs: 5_000 },
  };
  const child = spawn(process.execPath, [PRODUCT, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LOG_LEVEL: 'error',
      TILLSTREAM_DATA: dataDir,
      TILLSTREAM_PORT: '0',
      TILLSTREAM_GRPC_PORT: '0',
      TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
    },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"event":"ready"')) break;
  }
  return {
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
