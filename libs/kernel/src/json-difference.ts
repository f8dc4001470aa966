/**
 * Where two JSON values differ first, as a path of names and indexes joined by dots; "" = they differ as a whole, null =
 * they are equal. A member that is undefined counts as absent, as JSON has it. Values are left out: they may be personal.
 */
export function firstDifference(a: unknown, b: unknown): string | null {
  if (Object.is(a, b)) return null;
  if (Array.isArray(a) && Array.isArray(b)) return differenceOfLists(a, b);
  if (isObject(a) && isObject(b)) return differenceOfObjects(a, b);
  return (a ?? null) === (b ?? null) ? null : '';
}

function differenceOfLists(a: readonly unknown[], b: readonly unknown[]): string | null {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    if (index >= a.length || index >= b.length) return String(index);
    const inside = firstDifference(a[index], b[index]);
    if (inside !== null) return joined(String(index), inside);
  }
  return null;
}

function differenceOfObjects(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): string | null {
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [a[name], b[name]];
    if ((left === undefined) !== (right === undefined)) return name;
    const inside = firstDifference(left, right);
    if (inside !== null) return joined(name, inside);
  }
  return null;
}

const joined = (name: string, rest: string): string => (rest === '' ? name : `${name}.${rest}`);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
