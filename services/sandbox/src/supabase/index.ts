export type { SupabaseControl } from './control.js';
export type { LoggedRequest, LoggedStatement } from './ledger.js';
export type { ApiRole, KeyKind, ProjectKey } from './gateway/keys.js';
export type { SupabaseSwitches } from './switches.js';
export {
  SANDBOX_PUBLISHABLE_KEY,
  SANDBOX_SECRET_KEY,
  SupabaseSandbox,
  type SupabaseSandboxOptions,
} from './supabase-sandbox.js';
