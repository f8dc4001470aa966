import type { ConnectionDocument, SealedSecret } from '@tillstream/contracts';
import type { SecretOwner, Secrets } from '@tillstream/credentials';
import { ApiProblem } from '../http/problem.js';
import { type ParsedBody, PLATFORMS, type SecretChange } from './platforms.js';
import type { AvailablePlatform } from './schemas.js';

/** The secrets of a connection after a PUT: new ones sealed, kept ones sealed again when the master key was rotated. */
export function sealSecrets(
  secrets: Secrets,
  owner: SecretOwner,
  changes: ReadonlyMap<string, SecretChange>,
  before: Pick<ConnectionDocument, 'secrets'> | null,
): Record<string, SealedSecret> {
  const sealed: Record<string, SealedSecret> = {};
  for (const [name, change] of changes) {
    const kept = before?.secrets[name];
    if (typeof change === 'object') sealed[name] = secrets.seal(change.set, owner);
    else if (change === 'keep' && kept) {
      sealed[name] = secrets.isStale(kept) ? secrets.seal(secrets.open(kept, owner), owner) : kept;
    }
  }
  return sealed;
}

/** A connection that is made needs its secrets; throws `validation_failed` naming those it lacks. */
export function missingSecrets(platform: AvailablePlatform, { secrets }: ParsedBody): void {
  const missing = PLATFORMS[platform].required.filter((name) => typeof secrets.get(name) !== 'object');
  if (missing.length === 0) return;
  throw new ApiProblem('validation_failed', `A new connection needs ${missing.join(' and ')}.`, {
    errors: missing.map((path) => ({ path, message: 'is needed for a new connection' })),
  });
}
