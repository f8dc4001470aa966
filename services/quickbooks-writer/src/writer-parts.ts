import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import type { Clock, CrashPoints, Ids } from '@tillstream/kernel';
import type { Logger, Metrics } from '@tillstream/observability';
import type { Send } from '@tillstream/quickbooks';
import type { WriterOptions } from './options.js';

/** What the writer is given by its composition root. */
export interface WriterDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly secrets: Secrets;
  /** Every request to QuickBooks and its token server: `HttpClient.send`, or an in-process remote. */
  readonly send: Send;
  readonly options?: Partial<WriterOptions>;
}
