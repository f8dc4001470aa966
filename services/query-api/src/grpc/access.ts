import type { Role } from '@tillstream/contracts';
import { SyncServiceService } from '@tillstream/proto';

export type SyncMethod = keyof typeof SyncServiceService;

/** The least role each method needs, as sync.proto says. A method that is missing here answers nobody. */
export const METHOD_ROLES: Readonly<Record<SyncMethod, Role>> = {
  triggerSync: 'operator',
  getSync: 'viewer',
  listSyncs: 'viewer',
  watchSync: 'viewer',
  cancelSync: 'operator',
  listFailures: 'viewer',
  retryFailure: 'operator',
  retryFailures: 'operator',
  getDocument: 'viewer',
  listSchedules: 'viewer',
  createSchedule: 'admin',
  updateSchedule: 'admin',
  deleteSchedule: 'admin',
};

export const SYNC_SERVICE = 'tillstream.sync.v1.SyncService';

const ROLE_BY_PATH = new Map<string, Role>(
  Object.entries(SyncServiceService).map(([method, { path }]) => [path, METHOD_ROLES[method as SyncMethod]]),
);

/** Health and reflection need no key and show no tenant data. */
export function needsKey(path: string): boolean {
  return path.startsWith(`/${SYNC_SERVICE}/`);
}

/** undefined: nobody may call it. */
export function roleFor(path: string): Role | undefined {
  return ROLE_BY_PATH.get(path);
}
