/** One request of the Data API as it ended. */
export interface LoggedRequest {
  readonly at: number;
  readonly method: string;
  /** Path and query, keys left out. */
  readonly path: string;
  /** Null when the gateway turned the request away. */
  readonly role: string | null;
  /** The status the work had; what a fault made of the answer is in `answered`. */
  readonly status: number;
  /** What the caller saw: the same, another status, or 0 for a destroyed socket. */
  readonly answered: number;
  /** Error code of the answer. */
  readonly code?: string;
  /** Rows inserted, updated or deleted by a statement of the API; of a function call unknown. */
  readonly rows?: number;
  /** Whether a transaction that changed something was committed. */
  readonly wrote: boolean;
}

/** One batch of a wire client: a simple query, or prepared work up to its Sync. */
export interface LoggedStatement {
  readonly at: number;
  readonly connection: number;
  readonly texts: readonly string[];
  /** Command tags, e.g. `INSERT 0 5`. */
  readonly tags: readonly string[];
  readonly code?: string;
  /** What a fault did to it. */
  readonly fault?: string;
}

/** What happened, as the project itself noted it. */
export class SupabaseLedger {
  readonly requests: LoggedRequest[] = [];
  readonly statements: LoggedStatement[] = [];
  /** Callers of the API that did not wait for their answer. */
  hangUps = 0;

  /** Requests of the API that changed something. */
  get writeRequests(): readonly LoggedRequest[] {
    return this.requests.filter(({ wrote }) => wrote);
  }

  clear(): void {
    this.requests.length = 0;
    this.statements.length = 0;
  }
}
