import { HttpNotSent, HttpOutcomeUnknown } from '@tillstream/http-client';
import { PermanentError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { classifyFailure, classifyResponse } from './classify.js';
import { KNOWN_FAULT_CODES } from './fault-codes.js';
import type { CallContext } from '../model.js';

const WRITE: CallContext = { effect: 'write', expect: 'Invoice' };
const CREATE: CallContext = { ...WRITE, creates: true };
const READ: CallContext = { effect: 'read', expect: 'Invoice' };
const headers = { intuit_tid: '1-abc' };
const answer = (status: number, body: unknown) => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const fault = (
  code: string,
  Message = 'Title',
  Detail = 'Title : why',
  type = 'ValidationFault',
  element?: string,
) => ({
  Fault: { Error: [{ Message, Detail, code, ...(element === undefined ? {} : { element }) }], type },
  time: '2026-11-22T09:00:00.000-08:00',
});
const classify = (status: number, body: unknown, context = WRITE) => classifyResponse(answer(status, body), context);

/** The gateway's shape, literally (facts section 3). */
const gateway = (code: string, status: number, detail: string) =>
  `{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=00${code}; statusCode=${status}","detail":"${detail}","code":"${code}","element":null}],"type":"AUTHENTICATION"},"report":null,"queryResponse":null,"batchItemResponse":[],"requestId":null,"time":1700000000000,"status":null,"cdcresponse":[]}`;
const THROTTLED =
  '{"fault":{"error":[{"message":"message=ThrottleExceeded; errorCode=003001; statusCode=429","detail":"You have exceeded the throttle limit","code":"3001"}],"type":"SERVICE"}}';
const THROTTLED_XML =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="2026-11-22T09:00:00.000-08:00" xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message><Detail>The request limit was reached</Detail></Error></Fault></IntuitResponse>';
const AUTH_XML =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="2026-11-22T09:00:00.000-08:00" xmlns="http://schema.intuit.com/finance/v3"><Fault type="AuthenticationFault"><Error code="100"><Message>General Authentication Error</Message><Detail>ApplicationAuthenticationFailed</Detail></Error></Fault></IntuitResponse>';

describe('every fault code of the facts table', () => {
  // biome-ignore format: a table reads better in rows
  const table: [string, string, string?][] = [
    ['100', 'auth_expired'], ['110', 'auth_expired'], ['3200', 'auth_expired'], ['3202', 'auth_expired'],
    ['120', 'auth_denied'], ['3100', 'auth_denied'],
    ['130', 'retry_later', 'quickbooks_busy'], ['140', 'retry_later', 'quickbooks_busy'], ['150', 'retry_later', 'quickbooks_busy'],
    ['500', 'rejected', 'mapping_invalid'],
    ['600', 'duplicate_request'],
    ['610', 'not_found'],
    ['620', 'rejected', 'quickbooks_rejected'], ['800', 'rejected', 'quickbooks_rejected'],
    ['1040', 'rejected', 'mapping_invalid'],
    ['2010', 'rejected', 'mapping_invalid'], ['2020', 'rejected', 'mapping_invalid'], ['2030', 'rejected', 'mapping_invalid'],
    ['2040', 'rejected', 'mapping_invalid'], ['2050', 'rejected', 'mapping_invalid'], ['2210', 'rejected', 'mapping_invalid'],
    ['2500', 'invalid_reference'],
    ['3000', 'rejected', 'mapping_invalid'],
    ['3001', 'throttled'],
    ['4000', 'rejected', 'mapping_invalid'], ['4001', 'rejected', 'mapping_invalid'],
    ['5010', 'stale'],
    ['5020', 'rejected', 'permission_denied'], ['5030', 'rejected', 'feature_off'],
    ['6000', 'rejected', 'quickbooks_rejected'],
    ['6070', 'rejected', 'mapping_invalid'], ['6100', 'rejected', 'mapping_invalid'], ['6160', 'rejected', 'mapping_invalid'], ['6170', 'rejected', 'mapping_invalid'],
    ['6140', 'duplicate_doc_number'],
    ['6190', 'rejected', 'subscription_ended'],
    ['6200', 'period_closed'], ['6210', 'period_closed'],
    ['6240', 'duplicate_name'],
    ['6250', 'rejected', 'quickbooks_rejected'], ['6430', 'rejected', 'quickbooks_rejected'], ['6440', 'rejected', 'quickbooks_rejected'],
    ['6270', 'rejected', 'quickbooks_rejected'], ['6520', 'rejected', 'quickbooks_rejected'],
    ['6480', 'rejected', 'quickbooks_rejected'], ['6540', 'rejected', 'quickbooks_rejected'],
    ['10000', 'unknown_outcome'],
    ['10100', 'rejected', 'mapping_invalid'], ['10200', 'rejected', 'quickbooks_rejected'],
  ];

  it.each(table)('%s is %s %s', (code, kind, problem) => {
    const result = classify(400, fault(code));
    expect(result).toMatchObject({
      kind,
      remote: { httpStatus: 400, faultCode: code, faultDetail: 'Title: Title : why', traceId: '1-abc' },
    });
    expect('code' in result ? result.code : undefined).toBe(problem);
  });

  it('is in this table, and the other way round', () => {
    expect(KNOWN_FAULT_CODES.toSorted()).toEqual(table.map(([code]) => code).toSorted());
  });

  it.each(table)('%s means the same with HTTP 200', (code, kind) => {
    expect(classify(200, fault(code))).toMatchObject({ kind });
  });
});

describe('literal bodies', () => {
  it('5010 names the other user, who does not become a fact (D4)', () => {
    const detail =
      'Stale Object Error : You and Alex were working on this at the same time. Alex finished before you did, so your work was not saved.';
    const result = classify(400, fault('5010', 'Stale Object Error', detail));
    expect(result).toMatchObject({ kind: 'stale', remote: { faultDetail: expect.stringContaining('Somebody else') } });
    expect(JSON.stringify(result)).not.toContain('Alex');
  });

  it('6240 may name the holder of the name', () => {
    const detail =
      'The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name. : Id=77';
    expect(classify(400, fault('6240', 'Duplicate Name Exists Error', detail))).toMatchObject({
      kind: 'duplicate_name',
      existingId: '77',
    });
    expect(
      classify(400, fault('6240', 'Duplicate Name Exists Error', 'The name supplied already exists.')),
    ).toMatchObject({ existingId: null });
  });

  it('6140 may name the holder of the number', () => {
    const detail =
      'Duplicate Document Number Error : You must specify a different number. DocNumber=1042 is assigned to TxnType=Invoice with TxnId=145';
    expect(classify(400, fault('6140', 'Duplicate Document Number Error', detail))).toMatchObject({
      kind: 'duplicate_doc_number',
      holderId: '145',
    });
    expect(classify(400, fault('6140', 'Duplicate Document Number Error', 'no details'))).toMatchObject({
      holderId: null,
    });
  });

  it('2500 names the element, or says that something was made inactive', () => {
    const title = 'Invalid Reference Id';
    const byPath = classify(400, fault('2500', title, `${title} : Line.SalesItemLineDetail.ItemRef`));
    expect(byPath).toMatchObject({ kind: 'invalid_reference', element: 'Line.SalesItemLineDetail.ItemRef' });
    expect(classify(400, fault('2500', title, 'x', 'ValidationFault', 'CustomerRef'))).toMatchObject({
      element: 'CustomerRef',
    });
    const sentence = `${title} : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.`;
    expect(classify(400, fault('2500', title, sentence))).toMatchObject({ element: null });
  });

  it('610 on a create means something it refers to, on the rest the object itself', () => {
    const body = fault(
      '610',
      'Object Not Found',
      "Object Not Found : Something you're trying to use has been made inactive.",
    );
    expect(classify(400, body, CREATE)).toMatchObject({ kind: 'invalid_reference', element: null });
    expect(classify(400, body, WRITE)).toMatchObject({ kind: 'not_found' });
    expect(classify(400, body, READ)).toMatchObject({ kind: 'not_found' });
  });

  it('6190 comes with HTTP 200', () => {
    const body = fault(
      '6190',
      'Invalid Company Status',
      'Subscription period has ended or canceled or there was a billing problem',
    );
    expect(classify(200, body)).toMatchObject({
      kind: 'rejected',
      code: 'subscription_ended',
      message: expect.stringContaining('Subscription period has ended'),
    });
  });

  it('of the gateway have lower-case keys: expired token, denied app', () => {
    expect(classify(401, gateway('3200', 401, 'Token expired'))).toMatchObject({
      kind: 'auth_expired',
      remote: { faultCode: '3200', httpStatus: 401 },
    });
    expect(classify(403, gateway('3100', 403, 'Application not authorized'))).toMatchObject({ kind: 'auth_denied' });
  });

  it('of a throttle come as JSON and as XML', () => {
    expect(classify(429, THROTTLED)).toMatchObject({ kind: 'throttled', remote: { faultCode: '3001' } });
    expect(classify(429, THROTTLED_XML, READ)).toMatchObject({
      kind: 'throttled',
      remote: { faultCode: '3001', faultDetail: expect.stringContaining('request limit') },
    });
    expect(classify(429, '<html>slow down</html>')).toMatchObject({ kind: 'throttled' });
    expect(classify(429, '')).toMatchObject({ kind: 'throttled' });
  });

  it('of a foreign realm’s token come as XML', () => {
    expect(classify(401, AUTH_XML, READ)).toMatchObject({
      kind: 'auth_expired',
      remote: { faultCode: '100', faultDetail: expect.stringContaining('ApplicationAuthenticationFailed') },
    });
  });

  it('without a code take it from the message', () => {
    const body =
      '{"fault":{"error":[{"message":"message=AuthorizationFailed; errorCode=003100; statusCode=403"}],"type":"AUTHORIZATION"}}';
    expect(classify(403, body)).toMatchObject({ kind: 'auth_denied', remote: { faultCode: '3100' } });
  });

  it('10000 leaves a write open and a read to be repeated', () => {
    const body = fault(
      '10000',
      'An application error has occurred while processing your request',
      'System Failure Error',
      'SystemFault',
    );
    expect(classify(500, body)).toMatchObject({ kind: 'unknown_outcome' });
    expect(classify(500, body, READ)).toMatchObject({ kind: 'retry_later', code: 'quickbooks_unavailable' });
  });
});

describe('codes nobody listed', () => {
  it('are a refusal when QuickBooks calls them validation', () => {
    expect(classify(400, fault('7777'))).toMatchObject({
      kind: 'rejected',
      code: 'quickbooks_rejected',
      message: expect.stringContaining('7777'),
    });
  });

  it('go by type and status otherwise', () => {
    expect(classify(400, fault('7777', 'x', 'y', 'AuthenticationFault'))).toMatchObject({ kind: 'auth_expired' });
    expect(classify(403, fault('7777', 'x', 'y', 'AuthorizationFault'))).toMatchObject({ kind: 'auth_denied' });
    expect(classify(503, fault('7777'))).toMatchObject({ kind: 'unknown_outcome' });
    expect(classify(400, fault('7777', 'x', 'y', 'SystemFault'), READ)).toMatchObject({ kind: 'retry_later' });
    expect(classify(400, fault('constructor'))).toMatchObject({ kind: 'rejected' });
  });

  it('an empty list of errors is a fault all the same', () => {
    expect(classify(200, { Fault: { Error: [], type: 'ValidationFault' } })).toMatchObject({ kind: 'rejected' });
  });
});

describe('success', () => {
  const invoice = { Id: '145', SyncToken: '0', TotalAmt: 44.28, SomethingNew: { a: 1 } };

  it('is the entity asked for, with its Id; unknown fields stay', () => {
    expect(classify(200, { Invoice: invoice, time: 'x' })).toEqual({ kind: 'ok', entity: invoice, traceId: '1-abc' });
  });

  it('is also the stub of a delete, an empty query answer, and preferences without Id', () => {
    expect(classify(200, { Invoice: { domain: 'QBO', status: 'Deleted', Id: '145' }, time: 'x' })).toMatchObject({
      kind: 'ok',
      entity: { status: 'Deleted' },
    });
    expect(classify(200, { QueryResponse: {}, time: 'x' }, { effect: 'read', expect: 'QueryResponse' })).toMatchObject({
      kind: 'ok',
    });
    expect(classify(200, { Preferences: { TaxPrefs: {} } }, { effect: 'read', expect: 'Preferences' })).toMatchObject({
      kind: 'ok',
    });
  });
});

describe('nonsense is never success', () => {
  const bodies: [string, number, string][] = [
    ['a web page with HTTP 200', 200, '<!DOCTYPE html><html><body>Sign in</body></html>'],
    ['truncated JSON', 200, '{"Invoice":{"Id":"145","SyncTok'],
    ['an empty answer', 200, ''],
    ['blanks', 200, '  \n'],
    ['another entity', 200, '{"Payment":{"Id":"9"},"time":"x"}'],
    ['an entity without Id', 200, '{"Invoice":{"SyncToken":"0"}}'],
    ['an entity with a number as Id', 200, '{"Invoice":{"Id":145}}'],
    ['a list', 200, '[{"Invoice":{"Id":"145"}}]'],
    ['null', 200, 'null'],
    ['a redirect', 302, ''],
    ['a bad gateway', 502, '<html>502 Bad Gateway</html>'],
    ['an unavailable service', 503, '{"message":"try later"}'],
    ['a timeout page', 504, 'upstream request timeout'],
    ['a firewall page', 403, '<html>Access Denied</html>'],
    ['an unknown address', 404, '<html>Not Found</html>'],
  ];

  it.each(bodies)('%s: a write may have happened, a read is repeated', (_name, status, body) => {
    expect(classify(status, body)).toMatchObject({
      kind: 'unknown_outcome',
      remote: { httpStatus: status, traceId: '1-abc' },
    });
    expect(classify(status, body, READ)).toMatchObject({ kind: 'retry_later', code: 'quickbooks_unavailable' });
  });

  it('401 without a readable body is an expired token', () => {
    expect(classify(401, '')).toMatchObject({ kind: 'auth_expired' });
    expect(classify(401, '<html>401</html>')).toMatchObject({ kind: 'auth_expired' });
  });
});

describe('what is kept of an answer', () => {
  it('no e-mail address, neither in JSON nor in XML (D4)', () => {
    const detail = 'Email Address does not conform: "ann@example.com", ann.b@example.org';
    const xml = `<Fault type="ValidationFault"><Error code="2210"><Message>Bad</Message><Detail>${detail}</Detail></Error></Fault>`;
    for (const body of [fault('2210', 'Bad', detail), xml]) {
      const kept = JSON.stringify(classify(400, body));
      expect(kept).toContain('(e-mail)');
      expect(kept).not.toContain('@');
    }
  });

  it('is at most 300 characters of the reason, never the body', () => {
    const result = classify(400, fault('6000', 'Title', 'x'.repeat(5000)));
    expect(result).toMatchObject({ remote: { faultDetail: expect.stringMatching(/^.{300}$/u) } });
    expect(JSON.stringify(classify(200, '<html>secret-in-body</html>'))).not.toContain('secret-in-body');
  });
});

describe('exchanges that failed', () => {
  const facts = { method: 'POST', origin: 'https://qbo.example', path: '/v3/company/1/invoice' };

  it('before any byte left had no effect', () => {
    const refused = new HttpNotSent({ ...facts, reason: 'refused' });
    expect(classifyFailure(refused, WRITE)).toMatchObject({ kind: 'retry_later', code: 'quickbooks_unavailable' });
    expect(classifyFailure(new PermanentError('target_not_allowed', 'private address'), WRITE)).toMatchObject({
      kind: 'retry_later',
    });
  });

  it('after bytes left may have had one, when it was a write', () => {
    const lost = new HttpOutcomeUnknown({ ...facts, reason: 'deadline' });
    expect(classifyFailure(lost, WRITE)).toMatchObject({
      kind: 'unknown_outcome',
      reason: expect.stringContaining('deadline'),
    });
    expect(classifyFailure(lost, READ)).toMatchObject({ kind: 'retry_later' });
  });

  it('by a defect of ours are thrown again', () => {
    expect(() => classifyFailure(new RangeError('bug'), WRITE)).toThrow(RangeError);
    expect(() => classifyFailure(new PermanentError('request_invalid', 'bad header'), WRITE)).toThrow('bad header');
  });
});
