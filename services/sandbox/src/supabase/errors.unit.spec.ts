import { describe, expect, it } from 'vitest';
import { asDbError, statusOf } from './errors.js';

describe('the HTTP status of a database error', () => {
  it.each([
    ['08006', 503],
    ['53300', 503],
    ['53400', 500],
    ['57P01', 503],
    ['57014', 500],
    ['40001', 500],
    ['40P01', 500],
    ['55P03', 500],
    ['21000', 500],
    ['23505', 409],
    ['23503', 409],
    ['23502', 400],
    ['23514', 400],
    ['22P02', 400],
    ['42703', 400],
    ['42P10', 400],
    ['42P01', 404],
    ['42883', 404],
    ['28000', 403],
    ['0LP01', 403],
    ['0P000', 403],
    ['25006', 405],
    ['P0001', 400],
    ['P0002', 500],
    ['PT409', 409],
    ['PT503', 503],
    ['XX000', 500],
    ['54000', 500],
    ['58030', 500],
    ['38000', 500],
    ['39000', 500],
    ['01000', 400],
  ])('%s is %i', (code, status) => {
    expect(statusOf({ code, message: '' }, false)).toBe(status);
  });

  it('depends on who asks where a right is missing', () => {
    const denied = { code: '42501', message: 'permission denied for table t' };
    expect([statusOf(denied, false), statusOf(denied, true)]).toEqual([403, 401]);
  });

  it('depends on the message where two causes share a code', () => {
    expect(statusOf({ code: '22023', message: 'role "ghost" does not exist' }, false)).toBe(401);
    expect(statusOf({ code: '22023', message: 'cannot extract elements from a scalar' }, false)).toBe(400);
    expect(statusOf({ code: '21000', message: 'DELETE requires a WHERE clause' }, false)).toBe(400);
  });

  it('is only asked of errors that carry a SQLSTATE', () => {
    expect(asDbError(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))).toBeUndefined();
    expect(asDbError(Object.assign(new Error('dup'), { code: '23505', detail: 'Key' }))).toMatchObject({
      code: '23505',
      detail: 'Key',
      hint: null,
    });
  });
});
