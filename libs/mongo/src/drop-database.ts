import { connect } from './connection.js';
import { storageError } from './errors.js';

/** Removes the database that `uri` names: what a demo, a test or a benchmark made for itself. */
export async function dropMongoDatabase(uri: string): Promise<void> {
  const connection = await connect(uri);
  try {
    await connection.dropDatabase();
  } catch (thrown) {
    throw storageError(thrown);
  } finally {
    await connection.destroy().catch(() => undefined);
  }
}
