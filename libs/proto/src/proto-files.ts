import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvariantError } from '@tillstream/kernel';

/** Below `protoFolder()`; for server reflection and for clients that read the text. */
export const SYNC_PROTO = 'tillstream/sync/v1/sync.proto';

/** The folder `proto/` of the checkout or image: this file's place differs between source and build. */
export function protoFolder(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'proto');
    if (existsSync(path.join(candidate, SYNC_PROTO))) return candidate;
    if (folder === path.dirname(folder))
      throw new InvariantError('proto_missing', `no proto/${SYNC_PROTO} was shipped`);
  }
}
