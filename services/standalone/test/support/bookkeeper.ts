import { type CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { InvariantError, SystemClock } from '@tillstream/kernel';
import {
  type AccountRole,
  buildInvoice,
  bodyText,
  type Caller,
  checkAnswer,
  type CompanyProfile,
  createQuickBooksApi,
  customerBody,
  customerIdentity,
  type EntityName,
  type ItemNeed,
  ItemDirectory,
  itemBody,
  NameDirectory,
  noteSkuOwners,
  parseItemEntry,
  parseNameEntry,
  planAccount,
  planCustomer,
  planItem,
  planOrder,
  type QuickBooksRemote,
  readProfile,
  type Totals,
  type WireEntity,
  wireTotals,
} from '@tillstream/quickbooks';
import {
  companyForShop,
  type GeneratedShop,
  type GenerateShopOptions,
  generateShop,
  QuickBooksSandbox,
  SANDBOX_READ_KEY,
  seedBooks,
  WooSandbox,
} from '@tillstream/sandbox';
import { parseOrder } from '@tillstream/woocommerce';
import { REALM_ID } from '../../src/world/world.js';
import { required } from './product.js';

/** The same figure at its four places. */
export interface Booked {
  readonly order: { readonly number: string; readonly totalMinor: number; readonly taxMinor: number };
  readonly predicted: Totals;
  /** What QuickBooks answered to the create. */
  readonly answered: Totals;
  /** What its ledger says. */
  readonly inBooks: Totals;
}

export interface Hold {
  readonly id: number;
  readonly code: string;
}

const WHOLE = [{ field: 'Active', operator: 'IN' as const, value: [true, false] }];
const NAMES = { Customer: 'customer', Vendor: 'vendor', Employee: 'employee' } as const;
const DEADLINE_MS = 10_000;

/**
 * Books a generated shop with the pure mapping alone, one order after the other, over HTTP into the QuickBooks
 * sandbox: no events, no retries, nothing between prediction and answer.
 */
export class Bookkeeper {
  readonly #names = new NameDirectory();
  readonly #items = new ItemDirectory();
  readonly #known = new Map<string, string>();
  readonly #skuOwners = new Map<string, Set<string>>();
  readonly #accounts = new Map<AccountRole, string>();
  readonly #settings = QuickBooksSettings.parse({});
  #requests = 0;

  private constructor(
    private readonly shop: GeneratedShop,
    private readonly woo: WooSandbox,
    private readonly sandbox: QuickBooksSandbox,
    private readonly http: HttpClient,
    private readonly remote: QuickBooksRemote,
    private readonly caller: Caller,
    private readonly profile: CompanyProfile,
  ) {}

  static async start(options: GenerateShopOptions): Promise<Bookkeeper> {
    const clock = new SystemClock();
    const shop = generateShop(options);
    const woo = await WooSandbox.start({ clock, shop, site: { ...shop.site, assumeHttps: true } });
    const limits = { perMinute: null, perSecond: null, inFlight: null };
    const sandbox = await QuickBooksSandbox.start({
      clock,
      app: { clientId: 'app', clientSecret: 'app-secret' },
      companies: [companyForShop(shop, REALM_ID, { limits })],
    });
    seedBooks(sandbox.control, REALM_ID, shop.quickbooksSeed);
    const http = createHttpClient({ clock, allowPrivateTargets: true });
    const remote = createQuickBooksApi({
      send: (request) => http.send(request),
      baseUrl: sandbox.apiBaseUrl,
      deadlineMs: DEADLINE_MS,
    });
    const caller = { realmId: REALM_ID, accessToken: sandbox.control.issueAccessToken(REALM_ID) };
    const profile = await readProfile(remote, caller);
    if (profile.kind !== 'ok') throw new InvariantError('test_premise', `no profile: ${profile.kind}`);
    const bookkeeper = new Bookkeeper(shop, woo, sandbox, http, remote, caller, profile.entity);
    await bookkeeper.#readDirectories();
    return bookkeeper;
  }

  async close(): Promise<void> {
    await Promise.all([this.http.close(), this.sandbox.close(), this.woo.close()]);
  }

  get selectedCount(): number {
    return this.shop.expected.selected.length;
  }

  plannedHolds(): Hold[] {
    return this.shop.expected.held.map(({ id, code }) => ({ id, code })).toSorted((a, b) => a.id - b.id);
  }

  async bookEverything(): Promise<{ readonly booked: readonly Booked[]; readonly held: readonly Hold[] }> {
    const selected = new Set(this.shop.expected.selected);
    const booked: Booked[] = [];
    const held: Hold[] = [];
    for (const raw of await this.#rawOrders()) {
      const id = Number(raw['id']);
      if (!selected.has(id)) continue;
      const result = await this.#book(raw);
      if ('code' in result) held.push({ id, code: result.code });
      else booked.push(result);
    }
    return { booked, held };
  }

  async #rawOrders(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
    const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
    const url = `${this.woo.url}/wp-json/wc/v3/orders?per_page=100&orderby=id&order=asc`;
    const answer = await this.http.send({ method: 'GET', url, headers: { authorization }, deadlineMs: DEADLINE_MS });
    return JSON.parse(answer.body) as Readonly<Record<string, unknown>>[];
  }

  async #book(raw: Readonly<Record<string, unknown>>): Promise<Booked | { readonly code: string }> {
    const parsed = parseOrder(raw);
    if (!parsed.ok) return parsed;
    const { order } = parsed;
    const plan = planOrder(order, this.#settings, this.profile);
    if (plan.kind === 'held') return plan;
    noteSkuOwners(this.#skuOwners, plan.items);
    const holding = plan.items.map((need) => this.#planItem(need)).find((each) => each.kind === 'held');
    if (holding?.kind === 'held') return holding;
    const customer = await this.#customer(order);
    if (typeof customer !== 'string') return customer;
    const itemIds = new Map<string, string>();
    for (const need of plan.items) itemIds.set(need.identity, await this.#item(need));
    const refs = { customerId: customer, itemIds, sourceIdentity: this.woo.url };
    const invoice = buildInvoice(plan, refs, this.profile);
    if (invoice.kind === 'held') return invoice;
    const answer = await this.#create('Invoice', invoice.bodyText);
    const check = checkAnswer(invoice, answer);
    if (check.kind === 'differs') {
      throw new InvariantError('prediction_wrong', `order ${order.number}: ${JSON.stringify(check.differences)}`);
    }
    return {
      order: { number: order.number, totalMinor: order.totalMinor, taxMinor: order.totalTaxMinor },
      predicted: plan.predicted,
      answered: wireTotals(answer, order.currency),
      inBooks: this.#inBooks(String(answer['Id'])),
    };
  }

  #inBooks(id: string): Totals {
    const { invoices } = this.sandbox.control.ledger(REALM_ID);
    const { totalMinor, taxMinor } = required(invoices.find((invoice) => invoice.id === id));
    return { totalMinor, taxMinor };
  }

  async #customer(order: CanonicalOrder): Promise<string | { readonly code: string }> {
    const { profile } = this;
    const settings = this.#settings;
    const identity = customerIdentity(order, settings);
    const knownId = this.#known.get(identity) ?? null;
    const plan = planCustomer(order, { settings, profile, directory: this.#names, knownId });
    if (plan.kind === 'held') return plan;
    if (plan.kind === 'use') return plan.id;
    const created = await this.#create('Customer', bodyText(customerBody(plan, required(plan.nameCandidates[0]))));
    this.#names.upsert(required(parseNameEntry(created, 'customer')));
    this.#known.set(identity, String(created['Id']));
    return String(created['Id']);
  }

  #planItem(need: ItemNeed) {
    return planItem(need, {
      settings: this.#settings,
      profile: this.profile,
      directory: this.#items,
      knownId: this.#known.get(need.identity) ?? null,
      skuOwners: this.#skuOwners,
    });
  }

  async #item(need: ItemNeed): Promise<string> {
    const plan = this.#planItem(need);
    if (plan.kind === 'held') throw new InvariantError('test_premise', plan.message);
    if (plan.kind === 'use') {
      this.#known.set(need.identity, plan.id);
      return plan.id;
    }
    const account = await this.#account(plan.accountRole);
    const created = await this.#create('Item', bodyText(itemBody(plan, required(plan.nameCandidates[0]), account)));
    this.#items.upsert(required(parseItemEntry(created)));
    this.#known.set(need.identity, String(created['Id']));
    return String(created['Id']);
  }

  async #account(role: AccountRole): Promise<string> {
    const known = this.#accounts.get(role);
    if (known !== undefined) return known;
    const plan = planAccount(role, this.#settings, this.profile);
    if (plan.kind === 'held' || plan.kind === 'omit')
      throw new InvariantError('test_premise', `no account for ${role}`);
    const id = plan.kind === 'use' ? plan.id : String((await this.#create('Account', bodyText(plan.body)))['Id']);
    this.#accounts.set(role, id);
    return id;
  }

  async #create(entity: EntityName, body: string): Promise<WireEntity> {
    this.#requests += 1;
    const result = await this.remote.create(this.caller, entity, body, `request-${this.#requests}`);
    if (result.kind !== 'ok') throw new InvariantError('test_premise', `${entity}: ${JSON.stringify(result)}`);
    return result.entity;
  }

  async #readDirectories(): Promise<void> {
    for (const [entity, kind] of Object.entries(NAMES) as [keyof typeof NAMES, (typeof NAMES)[keyof typeof NAMES]][]) {
      for (const wire of await this.#all(entity)) this.#names.upsert(required(parseNameEntry(wire, kind)));
    }
    for (const wire of await this.#all('Item')) {
      const entry = parseItemEntry(wire);
      if (entry) this.#items.upsert(entry);
    }
  }

  async #all(entity: EntityName): Promise<readonly WireEntity[]> {
    const answer = await this.remote.queryAll(this.caller, { entity, where: WHOLE });
    if (answer.kind !== 'ok') throw new InvariantError('test_premise', `${entity}: ${answer.kind}`);
    return answer.entity;
  }
}
