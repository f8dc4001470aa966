import type { Cursor, Entity, RunFilters } from '@tillstream/contracts';
import type { FoundRecord } from '../domain/run/inputs.js';
import type { ScanPosition } from '../domain/run/state.js';

/** One page of the source. */
export interface SourcePage {
  /** Microseconds since the epoch at which the read began (D8). */
  readonly readBeganAt: number;
  readonly records: readonly FoundRecord[];
  /** Where the next page starts (JSON); null = this was the last one. */
  readonly next: ScanPosition;
  /** With the last page: where reading may begin next time (D7); null = cursors stay. */
  readonly cursor: Cursor | null;
}

/** What a run wants to see: records by id (long source ids), or a scan. */
export interface ScanPlan {
  readonly entity: Entity;
  readonly ids: readonly string[] | null;
  /** UTC second of the source to read from; null = everything. */
  readonly modifiedAfter: string | null;
  readonly filters: RunFilters;
  /** The trash as well, after everything else (B6). */
  readonly trash: boolean;
}

/** One shop, read only. Every error is a TillstreamError; `transient` ones are worth another attempt. */
export interface Source {
  /** The page at `position` (null = the first one); what was asked for by id and is not there has no `raw`. */
  readPage(position: ScanPosition, plan: ScanPlan, signal: AbortSignal): Promise<SourcePage>;
  /** Orders per year of creation that the statuses select. */
  ordersPerYear(statuses: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Calls to the shop so far, failed ones included. */
  readonly calls: number;
}

/** A connected shop; the secrets are in the clear only here and in the client (I10). */
export interface Shop {
  readonly tenantId: string;
  readonly storeUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

export type OpenSource = (shop: Shop) => Source;
