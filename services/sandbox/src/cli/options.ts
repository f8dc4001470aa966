import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type CompanyProfile, PROFILES } from '../generator/index.js';
import type { FaultRule } from '../shared/faults.js';
import { LOOPBACK } from '../shared/http.js';
import type { WooFaultRule } from '../woocommerce/index.js';
import type { SupabaseSandboxOptions } from '../supabase/index.js';
import { BAD_DAY, BAD_DAY_SHOP, BAD_DAY_SUPABASE } from './scenario.js';

/** What `npm run sandbox` understands. */
export interface SandboxOptions {
  /** Address to listen on. */
  readonly host: string;
  /** Host name in the addresses of the ready line. */
  readonly advertisedHost: string;
  readonly wooPort: number;
  readonly qboPort: number;
  readonly supabasePort: number;
  readonly databasePort: number;
  /** The database under the Supabase project; `off`: no project at all. */
  readonly supabase: 'off' | NonNullable<SupabaseSandboxOptions['engine']>;
  readonly seed: number;
  readonly orders: number;
  readonly planted: number;
  readonly profile: CompanyProfile;
  readonly realmId: string;
  readonly clockFactor: number;
  readonly latencyMs: number;
  readonly quickbooksFaults: readonly FaultRule[];
  readonly wooFaults: readonly WooFaultRule[];
  readonly supabaseFaults: readonly FaultRule[];
  /** Switches of the company as JSON; documented at `CompanySwitches`. */
  readonly switches: Readonly<Record<string, unknown>>;
}

export const USAGE = `npm run sandbox -- [options]
  --woo-port N, --qbo-port N   ports (default 0: free ones)
  --supabase-port N, --database-port N
                               the same for the Data API and for PostgreSQL's wire protocol
  --host ADDRESS               where to listen (default 127.0.0.1; 0.0.0.0 in a container)
  --advertise NAME             host name in the addresses that are told (default: 127.0.0.1, or --host where that is a
                               name or address others can use); in a container its name
  --supabase pglite|off|URL    PostgreSQL under the Supabase project: PGlite (default; needs about 0.5 GB), none, or a
                               superuser's URL, for example postgresql://postgres@127.0.0.1:5432/postgres
  --seed N, --orders N         the generated shop (default 1, 300)
  --planted N                  bad records planted in it (default 0)
  --profile us|global|jpy      kind of shop and company (default us)
  --realm ID                   the company's realm id (default 9130001)
  --faults none|bad-day        faults of all sandboxes (default none)
  --fault-rules FILE           JSON {"quickbooks": [FaultRule], "supabase": [FaultRule], "woocommerce": [WooFaultRule]},
                               on top of --faults
  --switches JSON              company switches, for example {"requestIdMemory":"forgotten"}
  --clock-factor N             how many times faster than the wall the sandboxes' clock runs (default 1)
  --latency MS                 time each QuickBooks request takes (default 0)`;

/** A flag that cannot be used; its message names the flag and gives an example. */
export class UsageError extends Error {}

const FLAGS = [
  'host',
  'advertise',
  'woo-port',
  'qbo-port',
  'supabase-port',
  'database-port',
  'supabase',
  'seed',
  'orders',
  'planted',
  'profile',
  'realm',
  'faults',
  'fault-rules',
  'switches',
  'clock-factor',
  'latency',
] as const;
type Flag = (typeof FLAGS)[number];

const EVERY_ADDRESS = '0.0.0.0';

/** Reads the command line. Throws UsageError. */
export function readOptions(args: readonly string[]): SandboxOptions {
  const given = values(args);
  const faults = choice(given, 'faults', ['none', 'bad-day'], 'none');
  const rules = ruleFile(given['fault-rules']);
  const bad = faults === 'bad-day';
  const host = hostName(given, 'host', LOOPBACK);
  return {
    host,
    advertisedHost: hostName(given, 'advertise', host === EVERY_ADDRESS ? LOOPBACK : host),
    wooPort: whole(given, 'woo-port', 0, 65_535),
    qboPort: whole(given, 'qbo-port', 0, 65_535),
    supabasePort: whole(given, 'supabase-port', 0, 65_535),
    databasePort: whole(given, 'database-port', 0, 65_535),
    supabase: database(given.supabase ?? 'pglite'),
    seed: whole(given, 'seed', 1),
    orders: whole(given, 'orders', 300),
    planted: whole(given, 'planted', 0),
    profile: choice(given, 'profile', Object.keys(PROFILES) as CompanyProfile[], 'us'),
    realmId: given.realm ?? '9130001',
    clockFactor: Math.max(1, whole(given, 'clock-factor', 1)),
    latencyMs: whole(given, 'latency', 0),
    quickbooksFaults: [...(bad ? BAD_DAY : []), ...rules.quickbooks],
    wooFaults: [...(bad ? BAD_DAY_SHOP : []), ...rules.woocommerce],
    supabaseFaults: [...(bad ? BAD_DAY_SUPABASE : []), ...rules.supabase],
    switches: given.switches === undefined ? {} : jsonObject('--switches', given.switches),
  };
}

/** Names and IPv4 addresses; others cannot stand in an address as they are. */
function hostName(given: Partial<Record<Flag, string>>, flag: Flag, fallback: string): string {
  const text = given[flag];
  if (text === undefined) return fallback;
  if (/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/iu.test(text)) return text;
  throw new UsageError(`--${flag} must be a host name or an IPv4 address, for example --${flag} ${fallback}`);
}

function database(text: string): SandboxOptions['supabase'] {
  if (text === 'pglite' || text === 'off') return text;
  if (/^postgres(?:ql)?:\/\/./u.test(text)) return { databaseUrl: text };
  throw new UsageError('--supabase must be pglite, off or the URL of a PostgreSQL superuser');
}

function values(args: readonly string[]): Partial<Record<Flag, string>> {
  const options = Object.fromEntries(FLAGS.map((flag) => [flag, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function whole(
  given: Partial<Record<Flag, string>>,
  flag: Flag,
  fallback: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  const text = given[flag];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < 0 || value > max) {
    throw new UsageError(`--${flag} must be a whole number, for example --${flag} 300`);
  }
  return value;
}

function choice<T extends string>(
  given: Partial<Record<Flag, string>>,
  flag: Flag,
  allowed: readonly T[],
  fallback: T,
): T {
  const text = given[flag];
  if (text === undefined) return fallback;
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${flag} must be one of ${allowed.join(', ')}`);
  return found;
}

function jsonObject(what: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    throw new UsageError(`${what} is not JSON`);
  }
  throw new UsageError(`${what} must be a JSON object`);
}

interface RuleFile {
  readonly quickbooks: readonly FaultRule[];
  readonly supabase: readonly FaultRule[];
  readonly woocommerce: readonly WooFaultRule[];
}

function ruleFile(file: string | undefined): RuleFile {
  if (file === undefined) return { quickbooks: [], supabase: [], woocommerce: [] };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`--fault-rules ${file} cannot be read`);
  }
  const { quickbooks, supabase, woocommerce } = jsonObject(`--fault-rules ${file}`, text);
  return {
    quickbooks: Array.isArray(quickbooks) ? (quickbooks as FaultRule[]) : [],
    supabase: Array.isArray(supabase) ? (supabase as FaultRule[]) : [],
    woocommerce: Array.isArray(woocommerce) ? (woocommerce as WooFaultRule[]) : [],
  };
}
