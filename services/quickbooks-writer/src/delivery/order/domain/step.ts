import type { ProblemCodeName } from '@tillstream/contracts';
import type { Held, JsonObject, RemoteResult, WireEntity } from '@tillstream/quickbooks';
import type { DesiredDocument, DesiredInvoice, DocumentRef } from './document.js';

/** What QuickBooks answered instead of doing it. */
export type Failure = Exclude<RemoteResult, { readonly kind: 'ok' }>;

/** A request that changes QuickBooks. */
export type Write =
  /** `recreate`: written again after we took it back (B1). */
  | {
      readonly step: 'create';
      readonly document: DesiredDocument;
      readonly body: JsonObject;
      readonly recreate: boolean;
    }
  | { readonly step: 'update'; readonly document: DesiredDocument; readonly body: JsonObject }
  /** The order is held for `because` afterwards. */
  | {
      readonly step: 'void' | 'delete';
      readonly document: DesiredDocument;
      readonly body: JsonObject;
      readonly because: Held;
    };

/** Something that has to be known first. Changes no document of the order in QuickBooks. */
export type Learn =
  /** What became of a request without outcome (D12, D13). */
  | { readonly step: 'look'; readonly at: 'outcome'; readonly ref: DocumentRef }
  /** Documents by id. */
  | { readonly step: 'look'; readonly at: 'documents'; readonly ref: DocumentRef; readonly ids: readonly string[] }
  /** Who has the document's number, and ours under another one (B8). */
  | { readonly step: 'look'; readonly at: 'number'; readonly document: DesiredInvoice; readonly number: string }
  /** The payments that stand against a document. */
  | { readonly step: 'look'; readonly at: 'payments'; readonly ref: DocumentRef; readonly id: string }
  /** Customers, items and company once more: something that the document refers to is gone. */
  | { readonly step: 'look'; readonly at: 'names' }
  /** Takes over a document of ours that the ledger does not know, or another one than it knows. */
  | { readonly step: 'adopt'; readonly ref: DocumentRef; readonly entity: WireEntity }
  /** Several documents with one marker (D14). */
  | { readonly step: 'report'; readonly ref: DocumentRef; readonly ids: readonly string[] }
  /** What a document refers to is brought about: customer and items, each an effect of its own that orders share. */
  | { readonly step: 'refer'; readonly document: DesiredInvoice };

/** Nothing more can be done now. */
export type End =
  | { readonly step: 'hold'; readonly code: ProblemCodeName; readonly message: string }
  | { readonly step: 'skip'; readonly code: ProblemCodeName; readonly message: string }
  /** Trouble that passes by itself. */
  | { readonly step: 'wait'; readonly code: ProblemCodeName; readonly message: string }
  /** A refusal that nothing explains better than QuickBooks itself. */
  | { readonly step: 'refused'; readonly failure: Failure };

export type Step = Write | Learn | End;

export function isWrite(step: Step): step is Write {
  return step.step === 'create' || step.step === 'update' || step.step === 'void' || step.step === 'delete';
}

export function isLearn(step: Step): step is Learn {
  return step.step === 'look' || step.step === 'adopt' || step.step === 'report' || step.step === 'refer';
}

export function hold(code: ProblemCodeName, message: string): End {
  return { step: 'hold', code, message };
}

export function holdFor({ code, message }: Held): End {
  return hold(code, message);
}
