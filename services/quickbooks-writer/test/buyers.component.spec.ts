import { afterEach, describe, expect, it } from 'vitest';
import { Harness, REALM } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const customers = () => harness.ledger().customers;
const customerOf = (number: string) => {
  const invoice = harness.live().invoices.find(({ docNumber }) => docNumber === number);
  return customers().find(({ Id }) => Id === invoice?.customerId);
};

describe('buyers whose address QuickBooks cannot take (B9)', () => {
  it.each([
    ['two addresses', 'nia@example.com, nia2@example.com'],
    ['no top-level domain', 'otto@gmail'],
    ['a local name', 'pia@localhost'],
    ['two dots in a row', 'hana..suzuki@example.com'],
    ['a dot before the @', 'hana.@example.com'],
    ['something QuickBooks alone refuses', 'hana@refused.example'],
  ])('%s: a customer of that name, the text in the notes, and the sale is booked', async (_what, email) => {
    harness = await Harness.start();
    const settled = await harness.deliver(makeOrder('1042', { email, name: ['Nia', 'Two'], customerId: null }));
    expect(settled.outcome).toBe('created');
    expect(customerOf('1042')).toMatchObject({ DisplayName: 'Nia Two', Notes: expect.stringContaining(email) });
    expect(customerOf('1042')).not.toHaveProperty('PrimaryEmailAddr');
    const [invoice] = harness.live().invoices;
    expect(invoice?.privateNote).toContain(email);
    expect(invoice?.totalMinor).toBe(2160);
  });

  it('are told apart by what they entered, and known again by it', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1', { email: 'otto@gmail', name: ['Otto', 'A'], customerId: null }));
    await harness.deliver(makeOrder('2', { email: 'pia@gmail', name: ['Pia', 'B'], customerId: null }));
    await harness.deliver(makeOrder('3', { email: 'OTTO@gmail ', name: ['Otto', 'A'], customerId: null }));
    await harness.deliver(makeOrder('4', { email: '', name: ['No', 'Body'], customerId: null }));
    const names = ['1', '2', '3', '4'].map((number) => customerOf(number)?.['DisplayName']);
    expect(names).toEqual(['Otto A', 'Pia B', 'Otto A', 'Woo guest']);
  });
});

describe('customers that carry the buyer’s address and are not the buyer (B9)', () => {
  const address = { PrimaryEmailAddr: { Address: 'ann@example.com' } };

  it('projects and sub-customers: it is their customer that buys', async () => {
    harness = await Harness.start();
    harness.control.seed(REALM, { Customer: [{ DisplayName: 'Ann Park', ...address }] });
    const parent = customers().find(({ DisplayName }) => DisplayName === 'Ann Park')?.['Id'];
    const job = { Job: true, ParentRef: { value: String(parent) }, ...address };
    harness.control.seed(REALM, {
      Customer: [
        { DisplayName: 'Kitchen', ...job },
        { DisplayName: 'Bath', ...job },
      ],
    });
    expect((await harness.deliver(makeOrder('1042', { customerId: null }))).outcome).toBe('created');
    expect(customerOf('1042')?.['DisplayName']).toBe('Ann Park');
  });

  it('the customer above the only ones that have it', async () => {
    harness = await Harness.start();
    harness.control.seed(REALM, { Customer: [{ DisplayName: 'Park Ltd' }] });
    const parent = customers().find(({ DisplayName }) => DisplayName === 'Park Ltd')?.['Id'];
    const job = { Job: true, ParentRef: { value: String(parent) }, ...address };
    harness.control.seed(REALM, { Customer: [{ DisplayName: 'Kitchen', ...job }] });
    await harness.deliver(makeOrder('1042', { customerId: null }));
    expect(customerOf('1042')?.['DisplayName']).toBe('Park Ltd');
  });

  it('one of another currency stays as it is, and the buyer gets one of the document’s', async () => {
    harness = await Harness.start({ company: { multiCurrency: true } });
    const euro = { DisplayName: 'Ann Baker', CurrencyRef: { value: 'EUR' }, ...address };
    harness.control.seed(REALM, { Customer: [euro] });
    expect((await harness.deliver(makeOrder('1042', { customerId: null }))).outcome).toBe('created');
    expect(customerOf('1042')).toMatchObject({ DisplayName: 'Ann Baker (USD)' });
    await harness.deliver(makeOrder('1043', { customerId: null }));
    expect(customerOf('1043')).toMatchObject({ DisplayName: 'Ann Baker (USD)' });
  });
});
