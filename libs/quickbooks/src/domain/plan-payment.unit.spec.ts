import { describe, expect, it } from 'vitest';
import { order, plannedPayment, settings, usCompany } from '../../test/fixtures.js';
import { planPayment } from './plan-payment.js';

const company = usCompany();

describe('the payment of an order (B3)', () => {
  it('is one, of the order total, on the day it was paid', () => {
    expect(plannedPayment(order(), company)).toMatchObject({ amountMinor: 4428, txnDate: '2026-11-23' });
  });

  it('is none while unpaid, and none for a total of 0', () => {
    expect(planPayment(order({ paidDate: null }), settings(), company)).toBeNull();
    expect(planPayment(order({ totalMinor: 0 }), settings(), company)).toBeNull();
  });

  it('goes to the account of its payment method', () => {
    const accounts = [
      { id: '35', name: 'Stripe clearing', type: 'Bank', subType: 'Checking', active: true },
      { id: '36', name: 'Old bank', type: 'Bank', subType: 'Checking', active: false },
    ];
    const of = (depositTo: Record<string, string>) =>
      planPayment(order(), settings({ accounts: { depositTo } }), usCompany({ accounts }));
    expect(of({ stripe: '35' })).toMatchObject({ depositToAccountId: '35' });
    expect(of({ paypal: '35' })).toMatchObject({ depositToAccountId: null });
    expect(of({ default: '36' })).toMatchObject({ kind: 'held', code: 'account_missing' });
  });

  it('of a closed period could never be booked, the closing date included (B2)', () => {
    const on = (bookCloseDate: string) => planPayment(order(), settings(), usCompany({ bookCloseDate }));
    expect(on('2026-11-23')).toMatchObject({ code: 'period_closed', message: expect.stringContaining('2026-11-23') });
    expect(on('2026-11-22')).toMatchObject({ kind: 'planned' });
  });
});
