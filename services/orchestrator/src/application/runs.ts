import { runKey, TOPICS, type RecordSettled } from '@tillstream/contracts';
import type { AggregateInput, DecodedRecord } from '@tillstream/processor';
import { runId } from '../domain/ids.js';
import type { RunInput } from '../domain/run/inputs.js';
import type { Runtimes } from './deps.js';
import type { OrchestratorMetrics } from './metrics.js';

export const RUN_TOPICS = [TOPICS.runs.name, TOPICS.progress.name];

/**
 * Carries facts between slot, runs and records: an accepted run opens, settled records reach their run, a finished run
 * frees the slot. `wake` tells the scan worker which runs may go on.
 */
export function runHandler(runtimes: Runtimes, wake: (id: string) => void, metrics: OrchestratorMetrics) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    const opened: AggregateInput<RunInput>[] = [];
    const settled = new Map<string, RecordSettled[]>();
    for (const { event } of events) {
      if (event.type === 'RunAccepted') {
        const id = runId(event.tenantId, event.facts.request.syncId);
        opened.push({ id, input: { type: 'Open', accepted: event.facts } });
      } else if (event.type === 'RecordSettled') {
        const id = runId(event.tenantId, event.facts.syncId);
        const list = settled.get(id) ?? [];
        list.push(event.facts);
        settled.set(id, list);
      } else if (event.type === 'RunFinished') {
        const id = runKey(event.tenantId, event.facts.entity);
        await runtimes.entitySync.handle([{ id, input: { type: 'Finished', finished: event.facts } }]);
        metrics.runFinished(event.facts.status);
      }
    }
    // One input per run and batch: outcomes are a set, so a repeated batch decides nothing (D6).
    const outcomes = [...settled].map(([id, list]) => ({ id, input: { type: 'Outcomes', settled: list } as const }));
    const results = await runtimes.run.handle([...opened, ...outcomes]);
    for (const { id, state } of results) {
      if (state.scan.open) wake(id);
    }
  };
}
