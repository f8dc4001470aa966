import { COLLECTIONS, type ProjectStatusDocument } from '@tillstream/contracts';
import type { WriterDeps } from './writer-parts.js';

type Status = ProjectStatusDocument['status'];

/** What people see of a project's connection (contract section 3). Written when it changes, and after each test. */
export class ProjectStatus {
  #last: { readonly status: Status; readonly detail: string | null } | null = null;

  constructor(
    private readonly tenantId: string,
    private readonly projectId: string,
    private readonly deps: Pick<WriterDeps, 'store' | 'clock'>,
  ) {}

  async report(status: Status, detail: string | null, always = false): Promise<void> {
    const { tenantId, projectId, deps } = this;
    if (!always && this.#last?.status === status && this.#last.detail === detail) return;
    const lastCheckedAt = new Date(deps.clock.now()).toISOString();
    const doc: ProjectStatusDocument = { tenantId, projectId, status, detail, lastCheckedAt };
    const id = `${tenantId}:${projectId}`;
    await deps.store.bulkWrite([
      { op: 'put', collection: COLLECTIONS.projectStatus.name, id, doc, expectedVersion: null },
    ]);
    this.#last = { status, detail };
  }
}
