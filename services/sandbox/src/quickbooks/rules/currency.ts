import type { Company, Stored } from '../company.js';
import { faults } from '../fault.js';
import { type JsonObject, refId } from '../json.js';

/**
 * The currency of a document or customer. Without multicurrency only the home currency exists; with it the currency
 * must be named and match the customer's (6000, 2020).
 */
export function currencyOf(company: Company, draft: JsonObject, customer?: Stored): string {
  const { homeCurrency, multiCurrency } = company.switches;
  const sent = refId(draft, 'CurrencyRef');
  if (!multiCurrency) {
    if (sent !== undefined && sent !== homeCurrency) {
      throw faults.business(`Multi Currency should be enabled to perform this operation (${sent})`, 'CurrencyRef');
    }
    return homeCurrency;
  }
  if (sent === undefined) throw faults.required('CurrencyRef');
  const customers = customer && refId(customer.computed, 'CurrencyRef');
  if (customers !== undefined && customers !== sent) {
    throw faults.business("The currency of the transaction must be the customer's currency", 'CurrencyRef');
  }
  return sent;
}

export function currencyFields(company: Company, currency: string, draft: JsonObject): JsonObject {
  const rate = draft.ExchangeRate;
  return {
    CurrencyRef: { value: currency, name: currency },
    ...(company.switches.multiCurrency ? { ExchangeRate: typeof rate === 'number' ? rate : 1 } : {}),
  };
}
