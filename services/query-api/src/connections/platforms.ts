import type { ConnectionDocument } from '@tillstream/contracts';
import type { AvailablePlatform } from './schemas.js';

/** What differs between platforms, as data. */
interface PlatformRule {
  /** The field that says which shop or company it is; a change of it starts anew. */
  readonly identity: string;
  readonly secrets: readonly string[];
  /** Secrets without which a new connection makes no sense. */
  readonly required: readonly string[];
}

export const PLATFORMS: Readonly<Record<AvailablePlatform, PlatformRule>> = {
  woocommerce: {
    identity: 'storeUrl',
    secrets: ['consumerKey', 'consumerSecret', 'webhookSecret'],
    required: ['consumerKey', 'consumerSecret'],
  },
  quickbooks: {
    identity: 'realmId',
    secrets: ['clientSecret', 'refreshToken', 'webhookVerifierToken'],
    required: ['clientSecret'],
  },
};

/** What a PUT says about one secret. */
export type SecretChange = { readonly set: string } | 'clear' | 'keep';

export interface ParsedBody {
  readonly config: ConnectionDocument['config'];
  readonly identity: string;
  readonly secrets: ReadonlyMap<string, SecretChange>;
}

/** Takes a validated body apart: plain fields, identity, and what happens to each secret. */
export function splitBody(platform: AvailablePlatform, body: Readonly<Record<string, unknown>>): ParsedBody {
  const rule = PLATFORMS[platform];
  const secrets = new Map(rule.secrets.map((name) => [name, changeOf(body[name])]));
  const config = Object.fromEntries(
    Object.entries(body).filter(
      (entry): entry is [string, string] => !rule.secrets.includes(entry[0]) && typeof entry[1] === 'string',
    ),
  );
  return { config, identity: config[rule.identity] ?? '', secrets };
}

function changeOf(value: unknown): SecretChange {
  if (typeof value === 'string') return { set: value };
  return value === null ? 'clear' : 'keep';
}
