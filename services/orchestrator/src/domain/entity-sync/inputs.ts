import type { FactsOf, RunFinished, RunRequest, RunSelection, Target } from '@tillstream/contracts';

/** A request with what the edge looked up for it (I6): connections, settings, the shop's figures. */
export interface RequestInput {
  readonly type: 'Request';
  readonly request: RunRequest;
  /** null = no shop connected. */
  readonly sourceIdentity: string | null;
  /** Configured targets that this service can write to, with identity and epoch. */
  readonly targetIdentities: Readonly<Partial<Record<Target, string>>>;
  readonly selection: RunSelection;
  /** False while `orders.createdFrom` is null: nobody has said from when on the books are to be kept. */
  readonly startDateChosen: boolean;
  /** Orders per year of creation, looked up only when the start date is missing; null = the shop did not say. */
  readonly ordersPerYear: Readonly<Record<string, number>> | null;
}

export type EntitySyncInput = RequestInput | { readonly type: 'Finished'; readonly finished: RunFinished };

export type EntitySyncEvent = {
  [T in 'RunAccepted' | 'RunRefused' | 'RunReplayed' | 'RunSlotReleased']: {
    readonly type: T;
    readonly facts: FactsOf<T>;
  };
}['RunAccepted' | 'RunRefused' | 'RunReplayed' | 'RunSlotReleased'];
