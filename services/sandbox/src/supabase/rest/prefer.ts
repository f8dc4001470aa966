import { RestError } from '../errors.js';

/** The `Prefer` header, read. */
export interface Preferences {
  readonly return: 'minimal' | 'headers-only' | 'representation' | undefined;
  readonly resolution: 'merge-duplicates' | 'ignore-duplicates' | undefined;
  readonly missing: 'default' | 'null' | undefined;
  readonly count: 'exact' | 'planned' | 'estimated' | undefined;
  readonly handling: 'strict' | 'lenient' | undefined;
  readonly maxAffected: number | undefined;
  readonly timezone: string | undefined;
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  return: ['minimal', 'headers-only', 'representation'],
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  missing: ['default', 'null'],
  count: ['exact', 'planned', 'estimated'],
  handling: ['strict', 'lenient'],
  tx: ['commit', 'rollback'],
};

/** Unknown preferences are ignored, with `handling=strict` refused: 400 PGRST122. */
export function parsePrefer(header: string | undefined): Preferences {
  const given = (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const found = new Map<string, string>();
  const unknown: string[] = [];
  for (const part of given) {
    const [name = '', value = ''] = part.split('=').map((each) => each.trim());
    const isNumber = name === 'max-affected' && /^\d+$/u.test(value);
    if (isNumber || name === 'timezone' || (KNOWN[name]?.includes(value) ?? false)) {
      // The first of two wins, as in PostgREST.
      if (!found.has(name)) found.set(name, value);
    } else unknown.push(part);
  }
  if (found.get('handling') === 'strict' && unknown.length > 0) {
    throw new RestError(
      400,
      'PGRST122',
      'Invalid preferences given with handling=strict',
      `Invalid preferences: ${unknown.join(', ')}`,
    );
  }
  const maxAffected = found.get('max-affected');
  return {
    return: found.get('return') as Preferences['return'],
    resolution: found.get('resolution') as Preferences['resolution'],
    missing: found.get('missing') as Preferences['missing'],
    count: found.get('count') as Preferences['count'],
    handling: found.get('handling') as Preferences['handling'],
    maxAffected: maxAffected === undefined ? undefined : Number(maxAffected),
    timezone: found.get('timezone'),
  };
}

/** `Preference-Applied` for those preferences a request really followed; no header when there is none. */
export function appliedHeader(
  preferences: Preferences,
  followed: readonly (keyof Preferences)[],
): Readonly<Record<string, string>> {
  const texts = followed.flatMap((name) => {
    const value = preferences[name];
    return value === undefined ? [] : [`${name === 'maxAffected' ? 'max-affected' : name}=${value}`];
  });
  return texts.length === 0 ? {} : { 'preference-applied': texts.join(', ') };
}
