import { describe, expect, it } from 'vitest';
import { classifyRefusal, refusal } from './classify.js';

const classify = (code: string | null, httpStatus: number | null, message = 'm') => {
  const { kind, problem } = classifyRefusal({ code, httpStatus, message });
  return `${kind} ${problem}`;
};

// The list of the facts, section 5 and 6: the code decides before the status.
it.each([
  ['57014', 500, 'smaller supabase_unavailable'],
  [null, 413, 'smaller supabase_unavailable'],
  ['40001', 500, 'again supabase_unavailable'],
  ['40P01', 500, 'again supabase_unavailable'],
  ['55P03', 500, 'again supabase_unavailable'],
  ['21000', 500, 'rejected row_rejected'],
  ['23505', 409, 'rejected row_rejected'],
  ['23503', 409, 'rejected row_rejected'],
  ['23514', 400, 'rejected row_rejected'],
  ['22003', 400, 'rejected row_rejected'],
  ['22P05', 400, 'rejected row_rejected'],
  ['42P10', 400, 'rejected row_rejected'],
  ['54000', 500, 'rejected row_rejected'],
  ['P0001', 400, 'rejected row_rejected'],
  ['PGRST102', 400, 'rejected row_rejected'],
  ['42P01', 404, 'held supabase_schema_missing'],
  ['42883', 404, 'held supabase_schema_missing'],
  ['42703', 400, 'held supabase_schema_missing'],
  ['3F000', 400, 'held supabase_schema_missing'],
  ['PGRST106', 406, 'held supabase_schema_missing'],
  ['PGRST202', 404, 'held supabase_schema_missing'],
  ['PGRST204', 400, 'held supabase_schema_missing'],
  ['PGRST205', 404, 'held supabase_schema_missing'],
  ['42501', 403, 'held supabase_access_denied'],
  ['42501', 401, 'held supabase_access_denied'],
  ['28P01', null, 'held supabase_access_denied'],
  ['PGRST301', 401, 'held supabase_access_denied'],
  ['PGRST303', 401, 'held supabase_access_denied'],
  [null, 401, 'held supabase_access_denied'],
  ['PGRST000', 503, 'later supabase_unavailable'],
  ['PGRST002', 503, 'later supabase_unavailable'],
  ['PGRST003', 504, 'later supabase_unavailable'],
  ['08006', null, 'later supabase_unavailable'],
  ['53300', 503, 'later supabase_unavailable'],
  ['57P01', 503, 'later supabase_unavailable'],
  ['57P03', null, 'later supabase_unavailable'],
  ['25006', 405, 'later supabase_unavailable'],
  ['XX000', 500, 'later supabase_unavailable'],
  [null, 402, 'later supabase_unavailable'],
  [null, 429, 'later supabase_unavailable'],
  [null, 520, 'later supabase_unavailable'],
  [null, 540, 'later supabase_unavailable'],
  [null, 544, 'later supabase_unavailable'],
  [null, 200, 'later supabase_unavailable'],
  [null, null, 'later supabase_unavailable'],
])('%s with HTTP %s: %s', (code, status, expected) => {
  expect(classify(code, status)).toBe(expected);
});

describe('a role that does not exist', () => {
  it('is a matter of access, although its code says bad data', () => {
    expect(classify('22023', 401, 'role "service_role" does not exist')).toBe('held supabase_access_denied');
    expect(classify('22023', 400, 'invalid parameter')).toBe('rejected row_rejected');
  });
});

it('tells its family and what was said, shortened', () => {
  const failure = refusal({ code: '40P01', httpStatus: 500, message: 'x'.repeat(1000) });
  expect(failure).toMatchObject({ family: 'transient', remote: { faultCode: '40P01', httpStatus: 500 } });
  expect(failure.remote?.faultDetail).toHaveLength(300);
  expect(refusal({ code: '23514', httpStatus: 400, message: 'm' }).family).toBe('permanent');
});

it.each(['role '.repeat(200_000), 'role x'.padEnd(1_000_000, ' does not exist'), 'x'.repeat(1_000_000)])(
  'costs nothing for a megabyte of hostile text, and keeps little of it (%#)',
  (text) => {
    const began = performance.now();
    const { message, remote } = refusal({ code: text, httpStatus: 400, message: text });
    classifyRefusal({ code: '22023', httpStatus: null, message: text });
    expect(performance.now() - began).toBeLessThan(50);
    expect(`${message}${JSON.stringify(remote)}`.length).toBeLessThan(1_200);
  },
);
