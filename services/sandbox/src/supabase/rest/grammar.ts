import { RestError } from '../errors.js';

/** Splits at a separator outside parentheses and double quotes. */
export function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let current = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] ?? '';
    if (quoted && character === '\\') {
      current += character + (text[i + 1] ?? '');
      i += 1;
      continue;
    }
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '(' || character === '{')) depth += 1;
    else if (!quoted && (character === ')' || character === '}')) depth -= 1;
    if (character === separator && depth === 0 && !quoted) {
      parts.push(current);
      current = '';
    } else {
      current += character;
    }
  }
  return [...parts, current];
}

/** A value, or what stands between its double quotes; `\` escapes there. */
export function unquoted(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/gu, '$1');
}

/** PGRST100: what PostgREST says to a query string it cannot read. */
export function parseError(what: string, text: string): RestError {
  return new RestError(
    400,
    'PGRST100',
    `"failed to parse ${what} (${text})" (line 1, column 1)`,
    `unexpected "${text}"`,
  );
}
