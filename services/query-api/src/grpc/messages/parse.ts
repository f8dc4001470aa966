import type { z } from 'zod';
import { parseWith } from '../../http/parse.js';
import { ApiProblem, type FieldError } from '../../http/problem.js';

/** What REST calls a field -> what the message calls it, where more differs than the spelling. */
export type Renamed = Readonly<Record<string, string>>;

/** Of every list. */
export const PAGE_FIELDS: Renamed = { limit: 'page_size', cursor: 'page_token' };

/**
 * A message, put into the shape of REST, after the schema of REST: both faces take the same. What is undefined counts
 * as left out. Throws `validation_failed`, naming the fields as the message does.
 */
export function parseMessage<Schema extends z.ZodType>(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  renamed: Renamed = {},
): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
  return withMessageFields(renamed, () => parseWith(schema, given));
}

/** Runs what may refuse fields of REST. */
export function withMessageFields<Result>(renamed: Renamed, use: () => Result): Result {
  try {
    return use();
  } catch (thrown) {
    throw inMessageTerms(thrown, renamed);
  }
}

/** A refusal whose fields are called as in REST, in terms of the message; everything else as it is. */
export function inMessageTerms(thrown: unknown, renamed: Renamed): unknown {
  if (!(thrown instanceof ApiProblem) || thrown.options.errors === undefined) return thrown;
  const errors = thrown.options.errors.map(({ path, message }) => ({ path: fieldPath(path, renamed), message }));
  return new ApiProblem(thrown.code, summary(errors), { ...thrown.options, errors });
}

/** `filters.createdAfter` -> `filters.created_after`. */
function fieldPath(path: string, renamed: Renamed): string {
  const [first = '', ...rest] = path.split('.');
  return [renamed[first] ?? first, ...rest].join('.').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function summary(errors: readonly FieldError[]): string {
  return errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
