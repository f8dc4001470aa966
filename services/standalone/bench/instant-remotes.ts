import type { HttpClient, HttpRequest, HttpResponse } from '@tillstream/http-client';
import { PermanentError } from '@tillstream/kernel';

export const INSTANT_SHOP = 'https://instant.shop';
export const INSTANT_COMPANY = 'https://instant.company';

const account = (Id: string, Name: string, AccountType: string, AccountSubType: string) => ({
  Id,
  Name,
  AccountType,
  AccountSubType,
  Active: true,
});
const ACCOUNTS = [
  account('1', 'Sales of Product Income', 'Income', 'SalesOfProductIncome'),
  account('2', 'Undeposited Funds', 'Other Current Asset', 'UndepositedFunds'),
];
const PREFERENCES = {
  Id: '1',
  SalesFormsPrefs: { CustomTxnNumbers: true },
  TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: false, TaxGroupCodeRef: { value: '2' } },
  CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: 'USD' } },
};

/** Shop and company that answer at once and in-process: what is left is the product's own work. They check nothing. */
export class InstantRemotes implements HttpClient {
  /** Accepted creates by entity. */
  readonly created: Record<string, number> = {};
  #nextId = 100;

  constructor(private readonly orders: readonly string[]) {}

  async send(request: HttpRequest): Promise<HttpResponse> {
    const url = new URL(request.url);
    if (request.url.startsWith(INSTANT_SHOP)) return this.#shop(url);
    if (url.pathname.endsWith('/token'))
      return json({ access_token: 'a', expires_in: 3600, refresh_token: 'r', token_type: 'bearer' });
    if (request.url.startsWith(INSTANT_COMPANY))
      return request.method === 'POST' ? this.#create(url, request) : read(url);
    throw new PermanentError('bench_unexpected_call', `${request.method} ${url.pathname}`);
  }

  async close(): Promise<void> {}

  #shop(url: URL): HttpResponse {
    const number = (name: string, otherwise: number) => Number(url.searchParams.get(name) ?? otherwise);
    const from = number('offset', 0);
    const page = this.orders.slice(from, from + number('per_page', 10));
    const headers = { 'content-type': 'application/json', 'x-wp-total': String(this.orders.length) };
    return { status: 200, headers, body: `[${page.join(',')}]` };
  }

  #create(url: URL, request: HttpRequest): HttpResponse {
    const path = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    const entity = path.charAt(0).toUpperCase() + path.slice(1);
    this.created[entity] = (this.created[entity] ?? 0) + 1;
    this.#nextId += 1;
    const body = JSON.parse(String(request.body)) as Record<string, unknown>;
    return json({ [entity]: { ...body, Id: String(this.#nextId), SyncToken: '0', Active: true, ...totals(body) } });
  }
}

function read(url: URL): HttpResponse {
  if (url.pathname.includes('/companyinfo/'))
    return json({ CompanyInfo: { Id: '1', CompanyName: 'Instant', Country: 'US' } });
  if (url.pathname.endsWith('/preferences')) return json({ Preferences: PREFERENCES });
  const entity = /from (\w+)/i.exec(url.searchParams.get('query') ?? '')?.[1];
  return json({ QueryResponse: entity === 'Account' ? { Account: ACCOUNTS } : {} });
}

/** Adds up as a US company with an override does. */
function totals(body: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(body['Line']) || body['TotalAmt'] !== undefined) return { UnappliedAmt: 0 };
  const lines = body['Line'].reduce((sum: number, { Amount }: { Amount: number }) => sum + Math.round(Amount * 100), 0);
  const { TotalTax = 0 } = (body['TxnTaxDetail'] ?? {}) as { TotalTax?: number };
  return { TotalAmt: (lines + Math.round(TotalTax * 100)) / 100, Balance: 0 };
}

function json(body: object): HttpResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
