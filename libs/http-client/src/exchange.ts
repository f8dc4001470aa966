import { PermanentError, TillstreamError } from '@tillstream/kernel';
import type { Dispatcher } from 'undici';
import { reasonAfterSending, reasonBeforeSending, systemCodeOf } from './classify.js';
import { decodeBody } from './decode-body.js';
import { type HttpFailureReason, HttpNotSent, HttpOutcomeUnknown } from './errors.js';
import type { HttpResponse } from './types.js';

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export interface ExchangeOptions {
  readonly method: string;
  readonly target: URL;
  readonly maxBodyBytes: number;
  readonly onSent: () => void;
}

/** Tells an aborted undici request from one that failed by itself; never leaves this package. */
class GivenUp extends Error {}

/**
 * One request on the wire, as undici's handler. `onRequestStart` is the line between "nothing has left" and "may have
 * left": undici calls it on a connected socket directly before it writes the first byte.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpResponse>;
  #resolve: (response: HttpResponse) => void = () => {};
  #reject: (error: Error) => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #status: number | undefined;
  #headers: Record<string, string> = {};
  #size = 0;
  readonly #chunks: Buffer[] = [];

  constructor(private readonly options: ExchangeOptions) {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // An exchange given up before it was awaited must not count as an unhandled rejection.
    this.answer.catch(() => {});
  }

  /** Ends the exchange now; a request that still waits for its connection is never written. */
  giveUp(reason: HttpFailureReason): void {
    if (this.#over) return;
    this.#fail(reason);
    this.#controller?.abort(new GivenUp(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) return controller.abort(new GivenUp('given up before it was written'));
    this.#controller = controller;
  }

  onRequestSent(): void {
    this.options.onSent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.options.maxBodyBytes) this.giveUp('too_large');
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { maxBodyBytes } = this.options;
    const status = this.#status ?? 0;
    decodeBody(Buffer.concat(this.#chunks), this.#headers['content-encoding'], maxBodyBytes).then(
      (body) => {
        this.#over = true;
        this.#resolve({ status, headers: this.#headers, body });
      },
      (error: unknown) =>
        this.#fail(systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'truncated', systemCodeOf(error)),
    );
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (error instanceof TillstreamError) return this.#settle(error);
    const code = systemCodeOf(error);
    if (this.#controller !== undefined) return this.#fail(reasonAfterSending(error, this.#status !== undefined), code);
    if (code === 'UND_ERR_INVALID_ARG') return this.#settle(invalidRequest());
    return this.#fail(reasonBeforeSending(error), code);
  }

  #fail(reason: HttpFailureReason, systemCode?: string): void {
    const { method, target } = this.options;
    const facts = { method, origin: target.origin, path: target.pathname, reason, systemCode };
    this.#settle(this.#controller === undefined ? new HttpNotSent(facts) : new HttpOutcomeUnknown(facts));
  }

  #settle(error: Error): void {
    this.#over = true;
    this.#reject(error);
  }
}

/** undici's own message would quote the header, which may be a secret. */
function invalidRequest(): PermanentError {
  return new PermanentError(
    'request_invalid',
    'a header or the path of the request has characters HTTP does not allow',
  );
}
