import type { JsonObject } from './model.js';

/** Reading objects of the wire: unknown fields are ignored, a missing or mistyped one reads as empty. */

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, ...path: string[]): Readonly<Record<string, unknown>> {
  let current: unknown = value;
  for (const key of path) current = isObject(current) ? current[key] : undefined;
  return isObject(current) ? current : {};
}

export function listAt(value: unknown, ...path: string[]): readonly unknown[] {
  const parent = objectAt(value, ...path.slice(0, -1));
  const found = parent[path.at(-1) ?? ''];
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, ...path: string[]): string {
  const parent = objectAt(value, ...path.slice(0, -1));
  const found = parent[path.at(-1) ?? ''];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** Booleans come as JSON booleans, in some answers as text. */
export function flagAt(value: unknown, fallback: boolean, ...path: string[]): boolean {
  const parent = objectAt(value, ...path.slice(0, -1));
  const found = parent[path.at(-1) ?? ''];
  return typeof found === 'boolean' ? found : found === 'true' ? true : found === 'false' ? false : fallback;
}

/** An object without its empty members: QuickBooks stores an empty text as a value. */
export function compact(
  members: Readonly<Record<string, JsonObject | string | number | null | undefined>>,
): JsonObject {
  const kept: Record<string, JsonObject | string | number> = {};
  for (const [key, value] of Object.entries(members)) {
    if (value === null || value === undefined || value === '') continue;
    if (typeof value === 'object' && Object.keys(value).length === 0) continue;
    kept[key] = value;
  }
  return kept;
}
