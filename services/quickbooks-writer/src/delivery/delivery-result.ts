import type { Outcome, ProblemCodeName, WorkRequested, WrittenDocument } from '@tillstream/contracts';

export interface DeliveryResult {
  readonly outcome: Extract<Outcome, 'created' | 'updated' | 'unchanged' | 'skipped'>;
  /** Why it was skipped; else null. */
  readonly reason: { readonly code: ProblemCodeName; readonly message: string } | null;
  readonly documents: readonly WrittenDocument[];
}

export interface DeliveryInput {
  readonly reason: WorkRequested['reason'];
  /** Documents an earlier result reported; 0 = this record is new. */
  readonly reportedDocuments: number;
  readonly contentHash: string;
  /** Content hash of the last result that left the record in QuickBooks; null = none did, or an order. */
  readonly knownHash: string | null;
}

export function skipped(code: ProblemCodeName, message: string): DeliveryResult {
  return { outcome: 'skipped', reason: { code, message }, documents: [] };
}
