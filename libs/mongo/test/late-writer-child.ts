import { open } from './open.js';

/** Loads a document, prints that it has, and writes it back at SIGUSR2, however late that reaches it. */
const [uri = '', collection = '', id = ''] = process.argv.slice(2);
const storage = await open(uri, { collections: [{ name: collection, indexes: [] }] });
const loaded = await storage.store.get<{ n: number }>(collection, id);
const expectedVersion = loaded?.version ?? 0;
process.on('SIGUSR2', () => {
  const doc = { by: 'late' };
  storage.store.bulkWrite([{ op: 'put', collection, id, doc, expectedVersion }]).then(
    ([outcome]) => process.stdout.write(`${JSON.stringify(outcome)}\n`),
    (error: unknown) => process.stdout.write(`${String(error)}\n`),
  );
});
process.stdout.write(`${process.pid}\n`);
setInterval(() => {}, 60_000);
