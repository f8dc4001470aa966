import { AMBIGUOUS_SKU, KNOWN_SKU } from './catalogue.js';
import { PROFILES, type CompanyProfile } from './profiles.js';
import { type TaxCodeHint, taxCodeHints } from './tax-codes.js';

/** What ought to stand in the accounting company before the first run, so that names and numbers collide. */
export interface QuickBooksHints {
  readonly vendors: string[];
  readonly customers: { readonly displayName: string; readonly email?: string }[];
  readonly items: { readonly name: string; readonly sku?: string }[];
  /** Invoices somebody entered by hand; `amount` in the shop's currency. */
  readonly invoices: { readonly docNumber: string; readonly customerName: string; readonly amount: string }[];
  /** Empty for a US company, which has only TAX and NON. */
  readonly taxCodes: readonly TaxCodeHint[];
}

export function quickbooksHints(profile: CompanyProfile): QuickBooksHints {
  return {
    vendors: ['Pat Hardware', 'Northwind Traders'],
    customers: [
      { displayName: 'Carla Known (old books)', email: 'carla.known@EXAMPLE.com' },
      { displayName: 'Dana Taken', email: 'another.dana@example.org' },
      { displayName: 'Walk-in (entered by hand)' },
    ],
    items: [
      { name: 'Mug from the old books', sku: KNOWN_SKU },
      { name: 'Doubled Widget 1', sku: AMBIGUOUS_SKU },
      { name: 'Doubled Widget 2', sku: AMBIGUOUS_SKU },
    ],
    invoices: [],
    taxCodes: profile === 'us' ? [] : taxCodeHints(PROFILES[profile].regions),
  };
}
