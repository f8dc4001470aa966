import type { z } from 'zod';
import { ApiProblem, type FieldError } from './problem.js';

/** Most problems listed in one answer. */
const ERROR_LIMIT = 50;

/** The value after its schema. Throws `validation_failed` naming each wrong field. */
export function parseWith<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap(describe).slice(0, ERROR_LIMIT);
  const summary = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new ApiProblem('validation_failed', summary, { errors });
}

/** A body; none at all counts as `{}`, so that a missing field is named instead of "expected object". */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  return parseWith(schema, body === undefined ? {} : body);
}

function describe(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: 'is not a known field' }));
}
