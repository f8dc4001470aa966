import type { Metadata } from '@grpc/grpc-js';
import { InvariantError } from '@tillstream/kernel';
import type { Caller } from '../keys/keys.js';

/** Who calls, and whether anybody still waits. */
export interface CallContext {
  readonly caller: Caller;
  /** Aborted once the client cancelled, its deadline passed, or the call was ended from here. */
  readonly signal: AbortSignal;
}

/** The end of one call. A signal, and the reason it is aborted with, is made only where a handler asks for it. */
export class CallEnd {
  #told = false;
  #listened: AbortController | undefined;

  get signal(): AbortSignal {
    if (!this.#listened) {
      this.#listened = new AbortController();
      if (this.#told) this.#listened.abort();
    }
    return this.#listened.signal;
  }

  tell(): void {
    this.#told = true;
    this.#listened?.abort();
  }
}

/** By the call's own metadata object, which the handler gets, too: what a client sends cannot forge it. */
const CONTEXTS = new WeakMap<Metadata, CallContext>();

export function admit(metadata: Metadata, caller: Caller, end: CallEnd): void {
  CONTEXTS.set(metadata, {
    caller,
    get signal() {
      return end.signal;
    },
  });
}

/** Of a call that was let in; a call that came by another way is answered by nobody. */
export function contextOf(metadata: Metadata): CallContext {
  const context = CONTEXTS.get(metadata);
  if (!context) throw new InvariantError('caller_missing', 'a call reached its handler without a checked key');
  return context;
}
