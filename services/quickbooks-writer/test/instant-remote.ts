import type { HttpRequestLike, HttpResponseLike, Send } from '@tillstream/quickbooks';
import type { Clock } from '@tillstream/kernel';

const ACCOUNTS = [
  {
    Id: '1',
    Name: 'Sales of Product Income',
    AccountType: 'Income',
    AccountSubType: 'SalesOfProductIncome',
    Active: true,
  },
  {
    Id: '2',
    Name: 'Undeposited Funds',
    AccountType: 'Other Current Asset',
    AccountSubType: 'UndepositedFunds',
    Active: true,
  },
];

/**
 * A company that answers at once and in-process: says yes to every create and counts what arrives by the clock it is
 * given. For measuring the writer; it checks nothing, the sandbox does that.
 */
export class InstantRemote {
  readonly created: Record<string, number> = {};
  /** Arrival times of API requests, milliseconds of the clock. */
  readonly arrivals: number[] = [];
  #nextId = 100;

  constructor(
    private readonly clock: Clock,
    private readonly latencyMs = 0,
  ) {}

  readonly send: Send = async (request) => {
    const url = new URL(request.url);
    if (url.pathname.endsWith('/bearer')) return json({ access_token: 'a', expires_in: 3_600_000, refresh_token: 'r' });
    this.arrivals.push(this.clock.monotonic());
    if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs);
    return request.method === 'POST' ? this.#create(url, request) : this.#read(url);
  };

  /** Most requests in any window of `ms`. */
  peak(ms: number): number {
    let from = 0;
    let peak = 0;
    for (let to = 0; to < this.arrivals.length; to += 1) {
      while ((this.arrivals[from] ?? 0) <= (this.arrivals[to] ?? 0) - ms) from += 1;
      peak = Math.max(peak, to - from + 1);
    }
    return peak;
  }

  #create(url: URL, request: HttpRequestLike): HttpResponseLike {
    const path = url.pathname.split('/').at(-1) ?? '';
    const entity = path.charAt(0).toUpperCase() + path.slice(1);
    this.created[entity] = (this.created[entity] ?? 0) + 1;
    this.#nextId += 1;
    const body = JSON.parse(request.body ?? '{}') as Record<string, unknown>;
    return json({ [entity]: { ...body, Id: String(this.#nextId), SyncToken: '0', Active: true, ...totals(body) } });
  }

  #read(url: URL): HttpResponseLike {
    const path = url.pathname.split('/').slice(4).join('/');
    if (path.startsWith('companyinfo'))
      return json({ CompanyInfo: { Id: '1', CompanyName: 'Instant', Country: 'US' } });
    if (path === 'preferences') return json({ Preferences: PREFERENCES });
    const entity = /from (\w+)/i.exec(url.searchParams.get('query') ?? '')?.[1] ?? '';
    return json({ QueryResponse: entity === 'Account' ? { Account: ACCOUNTS } : {} });
  }
}

const PREFERENCES = {
  Id: '1',
  SalesFormsPrefs: { CustomTxnNumbers: true },
  TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: false, TaxGroupCodeRef: { value: '2' } },
  CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: 'USD' } },
};

/** Adds up as a US company with an override does. */
function totals(body: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(body['Line']) || body['TotalAmt'] !== undefined) return { UnappliedAmt: 0 };
  const lines = body['Line'].reduce((sum: number, { Amount }: { Amount: number }) => sum + Math.round(Amount * 100), 0);
  const { TotalTax = 0 } = (body['TxnTaxDetail'] ?? {}) as { TotalTax?: number };
  return { TotalAmt: (lines + Math.round(TotalTax * 100)) / 100, Balance: 0 };
}

function json(body: object): HttpResponseLike {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
