import { status as Code } from '@grpc/grpc-js';
import type { Clock } from '@tillstream/kernel';
import type { Metrics } from '@tillstream/observability';

/** Notes one call; the first ending counts, as the client saw that one. */
export type EndOfCall = (code: Code) => void;

/** Durations of calls by method and code; a watch counts from its start to its end. */
export class CallMetrics {
  readonly #seconds;

  constructor(
    metrics: Metrics,
    private readonly clock: Clock,
  ) {
    this.#seconds = metrics.histogram('grpc_call_seconds', {
      help: 'Duration of gRPC calls',
      labels: ['method', 'code'],
    });
  }

  begin(path: string): EndOfCall {
    const began = this.clock.monotonic();
    let ended = false;
    return (code) => {
      if (ended) return;
      ended = true;
      this.#seconds.observe((this.clock.monotonic() - began) / 1_000, { method: path.slice(1), code: Code[code] });
    };
  }
}
