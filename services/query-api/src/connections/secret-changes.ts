import type { ConnectionDocument, Platform, SealedSecret } from '@tillstream/contracts';
import type { SecretOwner, Secrets } from '@tillstream/credentials';
import { ApiProblem } from '../http/problem.js';
import { type ParsedBody, PLATFORMS, type SecretChange } from './platforms.js';

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

/**
 * What becomes of secrets that a PUT does not name. One that points elsewhere takes none of them along: of another shop,
 * company or project they are dropped; of the same one at another scheme, host or port they have to be sent again, else
 * whoever may change an address could have the old secrets sent to it. Throws `validation_failed` naming them.
 */
export function withoutStrays(
  platform: Platform,
  { config, secrets }: ParsedBody,
  before: Pick<ConnectionDocument, 'config' | 'secrets'>,
  isReplaced: boolean,
): ParsedBody {
  const kept = [...secrets].filter(([name, change]) => change === 'keep' && before.secrets[name] !== undefined);
  if (isReplaced) {
    const dropped = new Map([...secrets, ...kept.map(([name]): [string, SecretChange] => [name, 'clear'])]);
    return { config, secrets: dropped };
  }
  const { sentTo } = PLATFORMS[platform];
  const stray = kept.map(([name]) => name).filter((name) => !isSamePlace(sentTo[name], before.config, config));
  if (stray.length === 0) return { config, secrets };
  throw new ApiProblem('validation_failed', 'The address changed: send the secrets that go there again.', {
    errors: stray.map((path) => ({ path, message: 'goes to another address now: send it again' })),
  });
}

type Config = ConnectionDocument['config'];

function isSamePlace(sentTo: ((config: Config) => readonly string[]) | undefined, before: Config, after: Config) {
  const [then, now] = [before, after].map((config) => (sentTo?.(config) ?? []).map(originOf).join(' '));
  return then === now;
}

const originOf = (address: string): string => (URL.canParse(address) ? new URL(address).origin : address);

/** A connection that is made needs one way in; throws `validation_failed` naming what the nearest one lacks. */
export function requireWayIn(platform: Platform, { config, secrets }: ParsedBody): void {
  const isGiven = (name: string) => name in config || typeof secrets.get(name) === 'object';
  const { ways } = PLATFORMS[platform];
  const lacking = ways.map((fields) => fields.filter((name) => !isGiven(name)));
  const [nearest = []] = lacking.toSorted((a, b) => a.length - b.length);
  if (nearest.length === 0) return;
  const wanted = ways.map((fields) => fields.join(' and ')).join(', or ');
  throw new ApiProblem('validation_failed', `A new connection needs ${wanted}.`, {
    errors: nearest.map((path) => ({ path, message: 'is needed for a new connection' })),
  });
}

/** A secret's text as it will be stored; undefined = not set. */
export function secretText(
  secrets: Secrets,
  changes: ReadonlyMap<string, SecretChange>,
  before: Pick<ConnectionDocument, 'secrets' | 'tenantId' | 'connectionId'> | null,
  name: string,
): string | undefined {
  const change = changes.get(name);
  if (typeof change === 'object') return change.set;
  const kept = change === 'keep' ? before?.secrets[name] : undefined;
  return before && kept ? secrets.open(kept, before) : undefined;
}
