import type {
  Cursor,
  Entity,
  FactsOf,
  RecordsDiscovered,
  RecordSettled,
  RecordsDiscoveredPayload,
  RelatedRecords,
  RunAccepted,
} from '@tillstream/contracts';
import type { ScanPosition } from './state.js';

/** One page of the source, as the reader gave it. */
export interface PageRead {
  readonly type: 'PageRead';
  /** `scan.step` at which it was read; another one means that somebody else fed this page already. */
  readonly step: number;
  /** Microseconds since the epoch (D8). */
  readonly readBeganAt: number;
  readonly records: readonly FoundRecord[];
  /** Where the next page starts; null = this was the last one. */
  readonly next: ScanPosition;
  /** With the last page of the list: where cursors go. */
  readonly cursor: Cursor | null;
  readonly remoteCalls: number;
}

export type RecordDamage = NonNullable<RecordsDiscovered['records'][number]['damage']>;

export interface FoundRecord {
  readonly sourceId: string;
  /** Raw source JSON; absent when asked for by id and not in the shop. */
  readonly raw?: unknown;
  /** It is there and the shop cannot serve it; then there is no `raw` (D9). */
  readonly damage?: RecordDamage;
  /** Source records read along with it. */
  readonly related?: RelatedRecords;
  /** Of a run that spans entities; else the run's. */
  readonly entity?: Entity;
}

export type RunInput =
  | { readonly type: 'Open'; readonly accepted: RunAccepted }
  | PageRead
  | {
      readonly type: 'ScanFailed';
      readonly step: number;
      readonly code: string;
      readonly message: string;
      readonly remoteCalls: number;
    }
  | { readonly type: 'Outcomes'; readonly settled: readonly RecordSettled[] }
  | { readonly type: 'Cancel'; readonly entity: Entity | null };

type RunEventType =
  | 'RunOpened'
  | 'RunScanAdvanced'
  | 'RunScanClosed'
  | 'RunOutcomesRecorded'
  | 'RunProgressed'
  | 'RunFinished';

export type RunEvent =
  | { [T in RunEventType]: { readonly type: T; readonly facts: FactsOf<T> } }[RunEventType]
  | {
      readonly type: 'RecordsDiscovered';
      readonly facts: FactsOf<'RecordsDiscovered'>;
      readonly payload: RecordsDiscoveredPayload;
    };
