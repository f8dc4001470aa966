import { ConflictError } from '@tillstream/kernel';

/** Enough for every writer of one document to have its turn. */
const ATTEMPTS = 10;

/** Repeats load-decide-write until the write wins; `attempt` answers undefined when somebody else was faster. */
export async function retryOnConflict<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new ConflictError('document_contended', 'a document is being changed by many at once');
}
