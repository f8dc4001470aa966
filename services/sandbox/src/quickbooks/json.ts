/** JSON as it arrives: nothing about it is known before a rule has looked. */
export type JsonObject = { [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path, or undefined. */
export function at(value: unknown, path: string): unknown {
  let current: unknown = value;
  for (const key of path.split('.')) current = isObject(current) ? current[key] : undefined;
  return current;
}

export function textAt(value: unknown, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
}

export function objectsAt(value: unknown, path: string): readonly JsonObject[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** `{"value": "7"}` -> "7". */
export function refId(value: unknown, path: string): string | undefined {
  return textAt(value, `${path}.value`);
}

/** Null and undefined fields are left out of answers. */
export function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined && field !== null));
}
