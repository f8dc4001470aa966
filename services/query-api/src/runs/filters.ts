import type { Entity, RunFilters } from '@tillstream/contracts';
import { ApiProblem } from '../http/problem.js';

type Filter = keyof RunFilters;

/** What a shop can be asked by; a filter that it ignores would widen the run in silence. */
const FILTERS: Readonly<Record<Entity, readonly Filter[]>> = {
  orders: ['status', 'createdAfter', 'createdBefore', 'modifiedAfter'],
  customers: ['modifiedAfter'],
  products: ['createdAfter', 'createdBefore', 'modifiedAfter'],
};

/** Throws `validation_failed` naming each filter that makes no sense for the entity. */
export function refuseForeignFilters(entity: Entity, filters: RunFilters): void {
  const foreign = Object.keys(filters).filter((name) => !FILTERS[entity].some((own) => own === name));
  if (foreign.length === 0) return;
  const errors = foreign.map((name) => ({ path: `filters.${name}`, message: `${entity} cannot be filtered by this` }));
  const summary = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new ApiProblem('validation_failed', summary, { errors });
}
