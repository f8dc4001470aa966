import type { ConnectionDocument, Platform } from '@tillstream/contracts';
import { databaseIdentity } from './database-url.js';

/** What differs between platforms, as data. */
interface PlatformRule {
  /** What people call the other side. */
  readonly noun: string;
  /** Which shop, company or project it is; a change of it starts anew. "" = the fields do not say. */
  readonly identity: (config: ConnectionDocument['config'], secret: (name: string) => string | undefined) => string;
  readonly secrets: readonly string[];
  /** Where each secret, or what it buys, is sent: a kept one goes nowhere else. Those not named here are sent nowhere. */
  readonly sentTo: Readonly<Record<string, (config: ConnectionDocument['config']) => readonly string[]>>;
  /** Fields without which a new connection makes no sense; of several sets one is enough. */
  readonly ways: readonly (readonly string[])[];
}

type Field = ConnectionDocument['config'][string] | undefined;
const text = (value: Field): string => (typeof value === 'string' ? value : '');
const shopAddress = ({ storeUrl }: ConnectionDocument['config']): readonly string[] => [text(storeUrl)];
/** "" = Intuit's own. */
const tokenAddress = ({ tokenUrl }: ConnectionDocument['config']): string => text(tokenUrl);

export const PLATFORMS: Readonly<Record<Platform, PlatformRule>> = {
  woocommerce: {
    noun: 'shop',
    identity: ({ storeUrl }) => String(storeUrl),
    secrets: ['consumerKey', 'consumerSecret', 'webhookSecret'],
    sentTo: { consumerKey: shopAddress, consumerSecret: shopAddress },
    ways: [['consumerKey', 'consumerSecret']],
  },
  quickbooks: {
    noun: 'company',
    identity: ({ realmId }) => String(realmId),
    secrets: ['clientSecret', 'refreshToken', 'webhookVerifierToken'],
    sentTo: {
      clientSecret: (config) => [tokenAddress(config)],
      // Access tokens are made of it, and those go to the company.
      refreshToken: (config) => [tokenAddress(config), text(config['apiBaseUrl']) || text(config['environment'])],
    },
    ways: [['clientSecret']],
  },
  supabase: {
    noun: 'project',
    identity: ({ projectUrl }, secret) => {
      if (typeof projectUrl === 'string') return projectUrl;
      const databaseUrl = secret('databaseUrl');
      return databaseUrl === undefined ? '' : databaseIdentity(databaseUrl);
    },
    secrets: ['serviceKey', 'databaseUrl'],
    // A database URL is its own address.
    sentTo: { serviceKey: ({ projectUrl }) => [text(projectUrl)] },
    ways: [['projectUrl', 'serviceKey'], ['databaseUrl']],
  },
};

/** What a PUT says about one secret. */
export type SecretChange = { readonly set: string } | 'clear' | 'keep';

export interface ParsedBody {
  readonly config: ConnectionDocument['config'];
  readonly secrets: ReadonlyMap<string, SecretChange>;
}

/** Takes a validated body apart: plain fields, and what happens to each secret. */
export function splitBody(platform: Platform, body: Readonly<Record<string, unknown>>): ParsedBody {
  const rule = PLATFORMS[platform];
  const secrets = new Map(rule.secrets.map((name) => [name, changeOf(body[name])]));
  const config = Object.fromEntries(
    Object.entries(body).filter(
      (entry): entry is [string, string] => !rule.secrets.includes(entry[0]) && typeof entry[1] === 'string',
    ),
  );
  return { config, secrets };
}

function changeOf(value: unknown): SecretChange {
  if (typeof value === 'string') return { set: value };
  return value === null ? 'clear' : 'keep';
}
