import { type Metrics, NO_METRICS } from '@tillstream/observability';

/** What the writer measures; labels are few and hold nobody's data. */
export interface WriterMetrics {
  readonly call: (result: string, ms: number) => void;
  readonly settled: (outcome: string) => void;
}

export function writerMetrics(metrics: Metrics = NO_METRICS): WriterMetrics {
  const calls = metrics.counter('quickbooks_calls_total', {
    help: 'Calls to QuickBooks by how they ended.',
    labels: ['result'],
  });
  const duration = metrics.histogram('quickbooks_call_seconds', {
    help: 'Time a call to QuickBooks took, waiting for its slot and budget included for reads.',
  });
  const works = metrics.counter('quickbooks_work_total', {
    help: 'Deliveries of records to QuickBooks by how they ended.',
    labels: ['outcome'],
  });
  return {
    call: (result, ms) => {
      calls.add(1, { result });
      duration.observe(ms / 1000);
    },
    settled: (outcome) => works.add(1, { outcome }),
  };
}
