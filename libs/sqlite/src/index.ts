export { type BackupOptions, type BackupReport, backupEmbedded } from './backup/backup.js';
export { type RestoreOptions, type RestoreReport, restoreEmbedded } from './backup/restore.js';
export * from './open.js';
