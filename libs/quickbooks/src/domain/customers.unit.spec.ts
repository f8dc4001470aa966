import type { CanonicalOrder } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { order, settings, usCompany } from '../../test/fixtures.js';
import { customerBody, customerIdentity, nameCandidates, planCustomer } from './customers.js';
import { NameDirectory } from './directories.js';
import type { CustomerContext, NameEntry } from './model.js';

const person = (changes: Partial<NameEntry>): NameEntry => ({
  id: '1',
  displayName: 'Ann Lee',
  email: 'ann@example.com',
  active: true,
  kind: 'customer',
  ...changes,
});
const context = (entries: NameEntry[] = [], changes: Partial<CustomerContext> = {}): CustomerContext => ({
  settings: settings(),
  profile: usCompany(),
  directory: new NameDirectory(entries),
  knownId: null,
  ...changes,
});
const buyer = (changes: Partial<CanonicalOrder['buyer']>): CanonicalOrder =>
  order({ buyer: { ...order().buyer, ...changes } });
const named = (firstName: string, lastName = ''): CanonicalOrder =>
  buyer({ billing: { ...order().buyer.billing, firstName, lastName } });

describe('identity of a buyer (B9)', () => {
  it('is the account, else the e-mail whatever its case, without personal data in the key', () => {
    expect(customerIdentity(buyer({ id: '17' }), settings())).toBe('woo:17');
    const one = customerIdentity(buyer({ email: 'Ann@Example.com' }), settings());
    expect(one).toBe(customerIdentity(buyer({ email: 'ann@example.COM ' }), settings()));
    expect(one).toMatch(/^woo:guest-[a-z2-7]{16}$/u);
    expect(one).not.toBe(customerIdentity(buyer({ email: 'bob@example.com' }), settings()));
  });

  it('is the one guest customer without e-mail, or when the settings say so', () => {
    expect(customerIdentity(buyer({ email: '' }), settings())).toBe('woo:guest');
    expect(customerIdentity(buyer({}), settings({ customerForGuests: 'single' }))).toBe('woo:guest');
    expect(customerIdentity(buyer({ id: '17' }), settings({ customerForGuests: 'single' }))).toBe('woo:17');
  });
});

describe('matching (B9)', () => {
  it('finds the one active customer with the e-mail, in any case and among several addresses', () => {
    const entry = person({ id: '58', displayName: 'Somebody Else', email: 'other@example.com, ANN@Example.com' });
    expect(planCustomer(order(), context([entry]))).toMatchObject({ kind: 'use', id: '58', how: 'adopted' });
  });

  it('a vendor of the same id hides no customer', () => {
    const entries = [person({ id: '58' }), person({ id: '58', kind: 'vendor', displayName: 'V', email: null })];
    expect(planCustomer(order(), context(entries))).toMatchObject({ kind: 'use', id: '58' });
    expect(planCustomer(order(), context(entries, { knownId: '58' }))).toMatchObject({ kind: 'use', how: 'known' });
  });

  it('does not match vendors, inactive customers, or anybody by name', () => {
    const entries = [
      person({ id: '1', kind: 'vendor', displayName: 'V' }),
      person({ id: '2', active: false, displayName: 'Ann Lee (deleted)' }),
      person({ id: '3', email: null }),
    ];
    expect(planCustomer(order(), context(entries))).toMatchObject({ kind: 'create' });
  });

  it('holds when several active customers have the e-mail', () => {
    const entries = [person({ id: '1', displayName: 'A' }), person({ id: '2', displayName: 'B' })];
    expect(planCustomer(order(), context(entries))).toMatchObject({
      kind: 'held',
      code: 'customer_ambiguous',
      message: expect.stringContaining('id 1, id 2'),
    });
  });

  it('keeps the mapped customer, also when the e-mail is another’s by now', () => {
    const entries = [person({ id: '58', email: 'old@example.com' }), person({ id: '59', displayName: 'B' })];
    expect(planCustomer(order(), context(entries, { knownId: '58' }))).toMatchObject({
      kind: 'use',
      id: '58',
      how: 'known',
    });
  });

  it('re-maps when the mapped one is gone or inactive and exactly one other matches, else holds', () => {
    const gone = person({ id: '58', active: false });
    const other = person({ id: '59', displayName: 'Ann L.' });
    expect(planCustomer(order(), context([gone, other], { knownId: '58' }))).toMatchObject({
      kind: 'use',
      id: '59',
      how: 'remapped',
    });
    expect(planCustomer(order(), context([gone], { knownId: '58' }))).toMatchObject({ code: 'customer_gone' });
    expect(planCustomer(order(), context([], { knownId: '58' }))).toMatchObject({ code: 'customer_gone' });
    const third = person({ id: '60', displayName: 'C' });
    expect(planCustomer(order(), context([gone, other, third], { knownId: '58' }))).toMatchObject({
      code: 'customer_gone',
    });
  });

  it('sees a customer again under the address it has now', () => {
    const directory = new NameDirectory([person({ id: '58' })]);
    directory.upsert(person({ id: '58', email: 'moved@example.com' }));
    expect(directory.activeCustomersByEmail('ann@example.com')).toEqual([]);
    expect(planCustomer(buyer({ email: 'moved@example.com' }), context([], { directory }))).toMatchObject({ id: '58' });
  });
});

describe('messages about buyers', () => {
  it('hold ids but no name and no address, because facts are never erased (D4)', () => {
    const twins = [person({ id: '1' }), person({ id: '2', displayName: 'Ann Lee 2' })];
    const taken = ['Ann Lee', 'Ann Lee (ann@example.com)', 'Ann Lee (Woo order 1042)'].map((displayName, index) =>
      person({ id: String(index), kind: 'vendor', displayName }),
    );
    const inactive = [person({ id: '58', active: false })];
    const all = [context(twins), context(taken), context(inactive, { knownId: '58' }), context([], { knownId: '58' })];
    const messages = all
      .map((each) => planCustomer(order(), each))
      .map((plan) => (plan.kind === 'held' ? plan.message : ''));
    expect(messages.every((message) => message.startsWith('Order 1042: '))).toBe(true);
    expect(messages.join(' ')).not.toMatch(/Ann|Lee|@/u);
  });
});

describe('names of new customers (B9)', () => {
  const candidates = (of: CanonicalOrder, entries: NameEntry[]) => {
    const plan = planCustomer(of, context(entries));
    return plan.kind === 'create' ? plan.nameCandidates : plan;
  };

  it('are the name, then with e-mail, then with the Woo id', () => {
    const all = ['Ann Lee', 'Ann Lee (ann@example.com)', 'Ann Lee (Woo 17)'];
    expect(candidates(buyer({ id: '17' }), [])).toEqual(all);
    expect(candidates(buyer({ id: '17' }), [person({ kind: 'vendor', displayName: 'ANN LEE' })])).toEqual(all.slice(1));
    const taken = [
      person({ kind: 'employee', displayName: 'Ann Lee' }),
      person({ id: '2', email: 'x@y.zz', displayName: 'ann lee (ann@example.com)' }),
    ];
    expect(candidates(buyer({ id: '17' }), taken)).toEqual(all.slice(2));
  });

  it('are held when all are taken', () => {
    const taken = ['Ann Lee', 'Ann Lee (ann@example.com)', 'Ann Lee (Woo order 1042)'].map((displayName, index) =>
      person({ id: String(index), kind: 'vendor', displayName }),
    );
    expect(candidates(order(), taken)).toMatchObject({ code: 'customer_name_taken' });
  });

  it('fall back to company, shipping name, e-mail, and at last the id', () => {
    const blank = { ...order().buyer.billing, firstName: '😀', lastName: '' };
    const noShipping = { ...blank, firstName: '' };
    const of = (billing: typeof blank, shipping: typeof blank, email = 'ann@example.com') =>
      nameCandidates(buyer({ id: '17', billing, shipping, email }), email || null, true)[0];
    expect(of({ ...blank, company: 'Acme: Ltd' }, noShipping)).toBe('Acme - Ltd');
    expect(of(blank, { ...noShipping, firstName: 'Bob' })).toBe('Bob');
    expect(of(blank, noShipping)).toBe('ann@example.com');
    expect(of(blank, noShipping, '')).toBe('Woo customer 17');
  });

  it('are always valid, different and never empty', () => {
    const text = fc.string({ unit: 'binary', maxLength: 520 });
    fc.assert(
      fc.property(text, text, fc.boolean(), (first, last, isUs) => {
        const all = nameCandidates(named(first, last), 'ann@example.com', isUs);
        expect(new Set(all).size).toBe(all.length);
        for (const name of all) {
          expect(name).toMatch(/^[^:\p{Cc}]{1,500}$/u);
          expect(name).toBe(name.trim());
        }
      }),
    );
  });
});

describe('bodies', () => {
  it('carry the buyer, and a delivery method that never mails (B15)', () => {
    const plan = planCustomer(buyer({ id: '17', phone: '+1 (555) 010-0199' }), context());
    if (plan.kind !== 'create') throw new TypeError('create');
    expect(customerBody(plan, 'Ann Lee (Woo 17)')).toMatchObject({
      DisplayName: 'Ann Lee (Woo 17)',
      GivenName: 'Ann',
      FamilyName: 'Lee',
      PrimaryEmailAddr: { Address: 'ann@example.com' },
      PrimaryPhone: { FreeFormNumber: '+1 (555) 010-0199' },
      BillAddr: { Line1: 'Ann Lee' },
      PreferredDeliveryMethod: 'None',
    });
  });

  it('of the one guest hold nobody’s data, and an existing Woo guest is used', () => {
    const plan = planCustomer(buyer({ email: '' }), context());
    if (plan.kind !== 'create') throw new TypeError('create');
    expect(customerBody(plan, plan.nameCandidates[0] ?? '')).toEqual({
      DisplayName: 'Woo guest',
      PreferredDeliveryMethod: 'None',
    });
    const existing = person({ id: '70', displayName: 'Woo guest', email: null });
    expect(planCustomer(buyer({ email: '' }), context([existing]))).toMatchObject({ kind: 'use', id: '70' });
    const vendor = person({ id: '70', displayName: 'woo GUEST', kind: 'vendor' });
    expect(planCustomer(buyer({ email: '' }), context([vendor]))).toMatchObject({
      nameCandidates: ['Woo guest 2', 'Woo guest 3'],
    });
  });
});
