/**
 * Serialises work per document inside the process. All locks of a call are requested in one step, so two calls with
 * overlapping documents queue in the same order everywhere and cannot deadlock.
 */
export class DocumentLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Waits for everyone before us on these documents; returns the release. */
  async acquire(ids: readonly string[]): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before: Promise<void>[] = [];
    for (const id of ids) {
      const tail = this.#tails.get(id);
      if (tail) before.push(tail);
      this.#tails.set(id, promise);
    }
    if (before.length > 0) await Promise.all(before);
    return () => {
      for (const id of ids) if (this.#tails.get(id) === promise) this.#tails.delete(id);
      resolve();
    };
  }

  isHeld(id: string): boolean {
    return this.#tails.has(id);
  }
}
