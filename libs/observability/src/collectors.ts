type Compute = () => Promise<void> | void;

/** What is computed for a scrape: side by side, each bounded in time and never twice at once. */
export class Collectors {
  /** With the computation under way, if any. */
  readonly #collectors = new Map<symbol, { readonly compute: Compute; running: Promise<void> | null }>();

  constructor(
    private readonly timeoutMs: number,
    private readonly onFailure: () => void,
  ) {}

  /** Returns how to remove it. */
  add(compute: Compute): () => void {
    const key = Symbol('collector');
    this.#collectors.set(key, { compute, running: null });
    return () => void this.#collectors.delete(key);
  }

  /** Never rejects. */
  async run(): Promise<void> {
    if (this.#collectors.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('computing a gauge took too long')), this.timeoutMs);
    });
    const all = [...this.#collectors.values()].map((collector) => {
      collector.running ??= begin(collector.compute).finally(() => {
        collector.running = null;
      });
      return Promise.race([collector.running, timeUp]).catch(this.onFailure);
    });
    await Promise.all(all);
    clearTimeout(timer);
  }
}

/** Also what is thrown at once becomes a rejection. */
async function begin(compute: Compute): Promise<void> {
  await compute();
}
