import type { DocumentStore, Versioned } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import { type TokenDocument, TOKENS_COLLECTION } from './token-document.js';

export type StoredTokens = Versioned<TokenDocument>;

export interface RefreshClaimParts {
  readonly store: DocumentStore;
  readonly clock: Clock;
  /** Names this process among those that may refresh the company's tokens. */
  readonly owner: string;
  /** An exchange of tokens is over this long after it was sent, ms. */
  readonly deadlineMs: number;
  /** A claim lasts this much longer than one exchange, ms: what may pass between claim and send, and after the answer. */
  readonly marginMs: number;
}

/** How often a claim of another process is looked at, ms. */
const POLL_MS = 250;

/**
 * Which process may exchange a company's refresh token (D15), by compare-and-set on the token document. A claim covers
 * one exchange and is over at `untilMs` whatever happens to its owner; whoever stores tokens clears it, because what was
 * claimed is gone then. Where no other process can write (`exclusive`) there is nobody to claim against.
 */
export class RefreshClaims {
  /** The claim of another that is being waited for, and since when by our own clock. */
  #watched: { readonly version: number; readonly since: number } | null = null;

  constructor(private readonly parts: RefreshClaimParts) {}

  /** Our claim on the document; null when another process has one, or wrote first. */
  async take(stored: StoredTokens): Promise<RefreshClaim | null> {
    if (this.#heldFor(stored) > 0) return null; // GUARD(refresh-claim)
    const claim = new RefreshClaim(stored, this.parts);
    return (await claim.cover()) ? claim : null;
  }

  /** Waits until the claim of another on `stored` is over or the document changed. Rejects when `signal` aborts. */
  async wait(stored: StoredTokens, signal: AbortSignal): Promise<void> {
    const { store, clock } = this.parts;
    for (let version: number | undefined = stored.version; version === stored.version; ) {
      const leftMs = this.#heldFor(stored);
      if (leftMs <= 0) return;
      await clock.sleep(Math.min(POLL_MS, leftMs), signal);
      version = (await store.get<TokenDocument>(TOKENS_COLLECTION, stored.id))?.version;
    }
  }

  /**
   * Milliseconds until the claim of another process is over; 0 = there is none. By its own end, and by how long it has
   * been seen here: a process whose clock runs ahead holds nobody up for longer than a claim lasts.
   */
  #heldFor({ doc, version }: StoredTokens): number {
    const { clock, owner } = this.parts;
    const claim = doc.refreshClaim;
    if (!claim || claim.owner === owner) return 0;
    if (this.#watched?.version !== version) this.#watched = { version, since: clock.monotonic() };
    const seenForMs = clock.monotonic() - this.#watched.since;
    return Math.max(0, Math.min(claim.untilMs - clock.now(), lifeMs(this.parts) - seenForMs));
  }
}

/** The right to exchange the tokens of one document, for as long as nobody else writes it. */
export class RefreshClaim {
  #claimedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private held: StoredTokens,
    private readonly parts: RefreshClaimParts,
  ) {}

  /** The document as the claim left it: tokens are stored under its version. */
  get stored(): StoredTokens {
    return this.held;
  }

  /** Makes the claim last for the exchange that comes now. False when somebody else wrote the document: begin again. */
  async cover(): Promise<boolean> {
    const { store, clock, owner, marginMs } = this.parts;
    if (store.exclusive || clock.monotonic() - this.#claimedAt < marginMs / 2) return true;
    const began = clock.monotonic();
    const written = await this.#write({ owner, untilMs: clock.now() + lifeMs(this.parts) });
    if (written) this.#claimedAt = began;
    return written;
  }

  /** Nothing came of it: who waits may try at once. Where that cannot be written, the claim ends by itself. */
  async release(): Promise<void> {
    if (!this.parts.store.exclusive) await this.#write(null).catch(() => false);
  }

  async #write(refreshClaim: NonNullable<TokenDocument['refreshClaim']> | null): Promise<boolean> {
    const { id, version: expectedVersion, doc } = this.held;
    const [outcome] = await this.parts.store.bulkWrite([
      { op: 'patch', collection: TOKENS_COLLECTION, id, set: { refreshClaim }, expectedVersion },
    ]);
    if (!outcome?.ok) return false;
    this.held = { id, version: outcome.version, doc: { ...doc, refreshClaim } };
    return true;
  }
}

const lifeMs = ({ deadlineMs, marginMs }: RefreshClaimParts): number => deadlineMs + marginMs;
