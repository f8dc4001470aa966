import type { Company, EntityName } from '../company.js';
import { entityRules } from '../entities/index.js';
import { faults } from '../fault.js';
import type { JsonObject } from '../json.js';

const LOOK_BACK_MS = 30 * 86_400_000;
const CAP = 1000;
const NOT_COVERED: readonly EntityName[] = ['TaxCode', 'TaxRate', 'CompanyInfo', 'Preferences'];

/** Change data capture: everything changed since, oldest first, deleted ones last, 1000 in all. */
export function changedSince(company: Company, entities: string, since: string): JsonObject {
  const from = Date.parse(since);
  if (Number.isNaN(from)) throw faults.badProperty('changedSince');
  if (company.now() - from > LOOK_BACK_MS) throw faults.business('changedSince must be within the last 30 days');
  let room = CAP;
  const answers: JsonObject[] = [];
  for (const name of entities.split(',').map((entity) => entity.trim())) {
    const rules = entityRules(name);
    if (!rules || NOT_COVERED.includes(rules.name)) throw faults.unsupported(`change data capture of ${name}`);
    const changed = company
      .all(rules.name)
      .filter((stored) => stored.updatedAt >= from)
      .toSorted(
        (left, right) =>
          Number(left.state === 'deleted') - Number(right.state === 'deleted') || left.updatedAt - right.updatedAt,
      )
      .slice(0, room);
    room -= changed.length;
    if (changed.length === 0) continue;
    const shown = changed.map((stored) =>
      stored.state === 'deleted'
        ? {
            domain: 'QBO',
            status: 'Deleted',
            Id: stored.id,
            MetaData: { LastUpdatedTime: company.time(stored.updatedAt) },
          }
        : company.view(stored),
    );
    answers.push({ [rules.name]: shown, startPosition: 1, maxResults: shown.length });
  }
  return { CDCResponse: [{ QueryResponse: answers.length === 0 ? [{}] : answers }] };
}
