/** A fair lock: PGlite has one session, so whoever is inside a transaction has it alone. */
export class Gate {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves with the release function when it is the caller's turn. */
  async acquire(): Promise<() => void> {
    let release: () => void = () => {};
    const before = this.#tail;
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire();
    try {
      return await work();
    } finally {
      release();
    }
  }
}
