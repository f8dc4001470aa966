import type { CollectionDefinition, DocumentStore } from './port.js';

/** A fresh, empty store with the given collections, and the way to lose and regain the connection to it. */
export interface DocumentStoreSubject {
  readonly store: DocumentStore;
  /** Closes and opens again over the same data; `store` is the new instance afterwards. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

export type DocumentStoreFactory = (collections: readonly CollectionDefinition[]) => Promise<DocumentStoreSubject>;
