/** Functions of other packages whose branches are not merged yet, by the signatures agreed on. */
interface Storage {
  readonly backupEmbedded: (options: { dataDir: string; file: string; includeKeys: boolean }) => Promise<object>;
  readonly restoreEmbedded: (options: { dataDir: string; file: string; force: boolean }) => Promise<object>;
}

export async function loadStorage(): Promise<Storage> {
  return (await import('@tillstream/sqlite')) as unknown as Storage;
}
