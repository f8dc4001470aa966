import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { type Logger, SILENT_LOGGER } from '../logger.js';

/** Says when spans begin to get lost and when that ends: the SDK itself drops them without a word. */
export class ReportingExporter implements SpanExporter {
  #isLosing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Logger = SILENT_LOGGER,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      this.#learn(result);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  #learn({ code, error }: ExportResult): void {
    const isLosing = code === ExportResultCode.FAILED;
    if (isLosing === this.#isLosing) return;
    this.#isLosing = isLosing;
    if (isLosing) this.logger.warn({ err: error }, 'the trace collector takes no spans, they are dropped');
    else this.logger.info({}, 'the trace collector takes spans again');
  }
}
