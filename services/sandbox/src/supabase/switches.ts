/** How the project behaves; what a project can have configured differently, and what no source settles. */
export interface SupabaseSwitches {
  /** Schemas of the Data API; the first is the default. */
  readonly schemas: readonly string[];
  /** Longer results are cut silently. */
  readonly maxRows: number;
  /** Statement timeout by role in milliseconds; `alter role … set statement_timeout` wins (facts section 6). */
  readonly statementTimeoutMs: Readonly<Record<'anon' | 'authenticated' | 'service_role', number>>;
  /** Legacy JWT keys answer 401. */
  readonly legacyKeysDisabled: boolean;
  /**
   * A `sb_` key as Bearer token: refused as on local stacks (default), or tolerated when it is the `apikey`, as the
   * hosted gateway does.
   */
  readonly bearerSecretKey: 'refused' | 'tolerated';
  /** Free projects pause after a week without use: 540, and nobody can connect. */
  readonly paused: boolean;
  /** A full disk: writes end in 25006. */
  readonly readOnly: boolean;
  /** `auto`: the API learns of DDL at once (Supabase's event trigger); `manual`: by `NOTIFY pgrst` or control only. */
  readonly schemaCache: 'auto' | 'manual';
  /** The wire port is a transaction pooler: prepared statements do not survive their transaction. */
  readonly transactionPooler: boolean;
  /** Real milliseconds each API request takes at least, before its work. */
  readonly latencyMs: number;
}

export const DEFAULT_SWITCHES: SupabaseSwitches = {
  schemas: ['public', 'graphql_public'],
  maxRows: 1000,
  statementTimeoutMs: { anon: 3_000, authenticated: 8_000, service_role: 8_000 },
  legacyKeysDisabled: false,
  bearerSecretKey: 'refused',
  paused: false,
  readOnly: false,
  schemaCache: 'auto',
  transactionPooler: false,
  latencyMs: 0,
};
