import { SystemClock } from '@tillstream/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { BAD_DAY, type CompanyOptions, QuickBooksSandbox } from '../src/index.js';
import { APP, REALM } from './quickbooks-client.js';

let sandbox: QuickBooksSandbox;
afterEach(() => sandbox.close());

async function open(company: Partial<CompanyOptions>): Promise<void> {
  const limits = { perMinute: null, perSecond: null, inFlight: null };
  sandbox = await QuickBooksSandbox.start({
    clock: new SystemClock(1_000),
    app: APP,
    companies: [{ realmId: REALM, country: 'US', limits, ...company }],
    faults: BAD_DAY,
    faultSeed: 3,
  });
}

/** Sends the same request until an answer can be believed; a new access token whenever one is refused. */
async function insist(path: string, body: object): Promise<string> {
  for (;;) {
    const token = sandbox.control.issueAccessToken(REALM);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'content-type': 'application/json',
    };
    try {
      const url = `${sandbox.apiBaseUrl}/v3/company/${REALM}/${path}`;
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      const parsed = JSON.parse(await answer.text()) as Record<string, { Id?: string }>;
      const id = Object.values(parsed)[0]?.Id;
      if (answer.status === 200 && id !== undefined) return id;
    } catch {
      continue;
    }
  }
}

/** Books `count` invoices of 10.00, each insisted upon under its own requestid; returns how many there are then. */
async function book(count: number): Promise<number> {
  const [customer] = sandbox.control.seed(REALM, { Customer: [{ DisplayName: 'Ada' }] }).Customer ?? [];
  const item = { Name: 'Mug', Type: 'Service', IncomeAccountRef: { value: '5' } };
  const [itemId] = sandbox.control.seed(REALM, { Item: [item] }).Item ?? [];
  const Line = [{ DetailType: 'SalesItemLineDetail', Amount: 10, SalesItemLineDetail: { ItemRef: { value: itemId } } }];
  for (let index = 0; index < count; index += 1) {
    await insist(`invoice?requestid=r${index}`, { DocNumber: `D${index}`, CustomerRef: { value: customer }, Line });
  }
  return sandbox.control.ledger(REALM).invoices.length;
}

describe('a bad day', () => {
  it('costs a client that repeats its requestid nothing', async () => {
    await open({});
    expect(await book(300)).toBe(300);
    const kinds = new Set(sandbox.control.firedFaults.map(({ kind }) => kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['dropReplyAfterCommit', 'truncatedJson', 'status', 'expireToken']),
    );
    const { replays, internalErrors } = sandbox.control.stats(REALM);
    expect(replays).toBeGreaterThan(0);
    expect(internalErrors).toEqual([]);
  });

  it('makes duplicates for a client that only trusts requestids the company forgets', async () => {
    await open({ requestIdMemory: 'forgotten' });
    expect(await book(300)).toBeGreaterThan(300);
  });
});
