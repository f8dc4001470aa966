import { faults } from './fault.js';
import type { ApiReply } from './http/replies.js';
import type { CompanySwitches } from './switches.js';

interface Remembered {
  readonly request: string;
  readonly at: number;
  readonly done: Promise<ApiReply>;
  reply: ApiReply | undefined;
}

/** What a requestid turned out to be: new work, or the reply that the first request got. */
export type Claim =
  | { readonly kind: 'new'; finish(reply: ApiReply): void; abandon(): void }
  | { readonly kind: 'replay'; readonly reply: ApiReply };

/** Memory of requestids of one realm: a repeat gets the first answer and writes nothing (facts section 4). */
export class RequestIds {
  readonly #known = new Map<string, Remembered>();
  replays = 0;

  constructor(
    private readonly switches: CompanySwitches,
    private readonly now: () => number,
  ) {}

  /**
   * Claims an id for `request` (method, path and body). Throws 600 for another body under the same id, and for a
   * repeat while the first still runs unless the company waits.
   */
  async claim(id: string, request: string): Promise<Claim> {
    for (;;) {
      const known = this.#live(id);
      if (!known) return this.#open(id, request);
      if (known.request !== request) throw faults.duplicateRequestId('it was used for another request');
      if (known.reply) {
        this.replays += 1;
        return { kind: 'replay', reply: known.reply };
      }
      if (this.switches.requestIdWhileRunning === 'code600') {
        throw faults.duplicateRequestId('the first request is still being processed');
      }
      await known.done.catch(() => undefined);
    }
  }

  #live(id: string): Remembered | undefined {
    if (this.switches.requestIdMemory === 'forgotten') return undefined;
    const known = this.#known.get(id);
    if (known?.reply && this.now() - known.at > this.switches.requestIdMemoryMs) {
      this.#known.delete(id);
      return undefined;
    }
    return known;
  }

  #open(id: string, request: string): Claim {
    const { promise, resolve, reject } = Promise.withResolvers<ApiReply>();
    promise.catch(() => undefined);
    const entry: Remembered = { request, at: this.now(), done: promise, reply: undefined };
    this.#known.set(id, entry);
    const forget = () => {
      if (this.#known.get(id) === entry) this.#known.delete(id);
    };
    return {
      kind: 'new',
      finish: (reply) => {
        if (reply.status >= 400 && !this.switches.requestIdRemembersFaults) forget();
        else entry.reply = reply;
        resolve(reply);
      },
      abandon: () => {
        forget();
        reject(new Error('the request was abandoned'));
      },
    };
  }
}
