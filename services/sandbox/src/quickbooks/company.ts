import { currencyDigits } from './decimal.js';
import { type JsonObject, refId, withoutNulls } from './json.js';
import type { CompanySwitches } from './switches.js';

export const ENTITY_NAMES = [
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Account',
  'Invoice',
  'SalesReceipt',
  'CreditMemo',
  'RefundReceipt',
  'Payment',
  'TaxCode',
  'TaxRate',
  'Term',
  'PaymentMethod',
  'CompanyInfo',
  'Preferences',
] as const;
export type EntityName = (typeof ENTITY_NAMES)[number];

/** Money of a transaction, minor units of its currency. `open`: balance, remaining credit or unapplied amount. */
export interface Amounts {
  readonly total: number;
  readonly tax: number;
  readonly open: number;
}

/** One object of a company's books. `input` is what was written, `computed` what QuickBooks added to it. */
export interface Stored {
  readonly entity: EntityName;
  readonly id: string;
  readonly createdAt: number;
  syncToken: number;
  updatedAt: number;
  state: 'live' | 'voided' | 'deleted';
  input: JsonObject;
  computed: JsonObject;
  amounts: Amounts | undefined;
}

/** One accepted write, in the order in which it took effect. */
export interface WriteRecord {
  readonly at: number;
  readonly by: 'api' | 'seed' | 'person';
  readonly requestId: string | undefined;
  readonly operation: 'create' | 'update' | 'delete' | 'void' | 'send';
  readonly entity: EntityName;
  readonly id: string;
  readonly syncToken: string;
}

/** Lists of names share one id sequence, transactions another: as in QuickBooks, ids of different kinds overlap. */
function sequenceOf(entity: EntityName): string {
  if (entity === 'Customer' || entity === 'Vendor' || entity === 'Employee') return 'name';
  if (['Invoice', 'SalesReceipt', 'CreditMemo', 'RefundReceipt', 'Payment'].includes(entity)) return 'transaction';
  return entity;
}

/** The books of one realm. Every change is synchronous, so a write is never seen half done. */
export class Company {
  readonly writes: WriteRecord[] = [];
  /** E-mails QuickBooks would have sent to customers. */
  readonly emails: { at: number; entity: EntityName; id: string }[] = [];
  readonly #tables = new Map<EntityName, Map<string, Stored>>();
  readonly #names = new Map<string, Map<string, string>>();
  readonly #links = new Map<string, Set<string>>();
  readonly #byCustomer = new Map<string, Set<Stored>>();
  readonly #ids = new Map<string, number>();
  #docNumber = 1000;

  constructor(
    readonly realmId: string,
    readonly switches: CompanySwitches,
    readonly now: () => number,
  ) {}

  get isUs(): boolean {
    return this.switches.country === 'US';
  }

  get digits(): number {
    return currencyDigits(this.switches.homeCurrency);
  }

  /** `2026-11-22T09:00:00-08:00`: numeric offset, never Z. */
  time(ms: number, milliseconds = false): string {
    const { utcOffsetMinutes: offset } = this.switches;
    const local = new Date(ms + offset * 60_000).toISOString().slice(0, milliseconds ? 23 : 19);
    const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
    return `${local}${offset < 0 ? '-' : '+'}${hours}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
  }

  today(): string {
    return this.time(this.now()).slice(0, 10);
  }

  get(entity: EntityName, id: string): Stored | undefined {
    return this.#tables.get(entity)?.get(id);
  }

  /** Every object of a kind, deleted ones included, in the order of creation. */
  all(entity: EntityName): readonly Stored[] {
    return [...(this.#tables.get(entity)?.values() ?? [])];
  }

  insert(entity: EntityName, input: JsonObject, computed: JsonObject, amounts?: Amounts, id?: string): Stored {
    const now = this.now();
    const stored: Stored = {
      entity,
      id: id ?? this.#nextId(entity),
      createdAt: now,
      updatedAt: now,
      syncToken: 0,
      state: 'live',
      input,
      computed,
      amounts,
    };
    const table = this.#tables.get(entity) ?? new Map<string, Stored>();
    table.set(stored.id, stored);
    this.#tables.set(entity, table);
    return stored;
  }

  /** Every accepted change, direct or as a side effect, grows the SyncToken by one. */
  bump(stored: Stored): void {
    stored.syncToken += 1;
    stored.updatedAt = this.now();
  }

  /** The object as the API shows it. Null fields are left out. */
  view(stored: Stored): JsonObject {
    return withoutNulls({
      ...stored.input,
      ...stored.computed,
      domain: 'QBO',
      sparse: false,
      Id: stored.id,
      SyncToken: String(stored.syncToken),
      MetaData: { CreateTime: this.time(stored.createdAt), LastUpdatedTime: this.time(stored.updatedAt) },
      ...(stored.entity === 'Customer' ? this.#customerBalance(stored.id) : {}),
    });
  }

  /** Who holds a name (case-insensitive) in a scope such as 'name' or 'Item'; undefined when it is free. */
  nameHolder(scope: string, name: string): string | undefined {
    return this.#names.get(scope)?.get(name.toLowerCase());
  }

  takeName(scope: string, name: string, id: string): void {
    const names = this.#names.get(scope) ?? new Map<string, string>();
    names.set(name.toLowerCase(), id);
    this.#names.set(scope, names);
  }

  freeName(scope: string, name: string): void {
    this.#names.get(scope)?.delete(name.toLowerCase());
  }

  /** Ids of the payments applied to a transaction. */
  paymentsOf(transactionId: string): ReadonlySet<string> {
    return this.#links.get(transactionId) ?? new Set();
  }

  link(transactionId: string, paymentId: string, linked: boolean): void {
    const payments = this.#links.get(transactionId) ?? new Set<string>();
    if (linked) payments.add(paymentId);
    else payments.delete(paymentId);
    this.#links.set(transactionId, payments);
  }

  /** Remembers which customer a transaction belongs to. */
  indexCustomer(stored: Stored): void {
    const customerId = refId(stored.input, 'CustomerRef');
    if (customerId === undefined) return;
    const own = this.#byCustomer.get(customerId) ?? new Set<Stored>();
    own.add(stored);
    this.#byCustomer.set(customerId, own);
  }

  /** The next number QuickBooks itself would give a document. */
  nextDocNumber(): string {
    this.#docNumber += 1;
    return String(this.#docNumber);
  }

  /** What a customer owes: open invoices less unused credits and payments. */
  #customerBalance(id: string): JsonObject {
    let minor = 0;
    for (const own of this.#byCustomer.get(id) ?? []) {
      if (own.state !== 'live' || refId(own.input, 'CustomerRef') !== id) continue;
      minor += (own.entity === 'Invoice' ? 1 : -1) * (own.amounts?.open ?? 0);
    }
    const balance = minor / 10 ** this.digits;
    return { Balance: balance, BalanceWithJobs: balance };
  }

  #nextId(entity: EntityName): string {
    const sequence = sequenceOf(entity);
    const next = (this.#ids.get(sequence) ?? 0) + 1;
    this.#ids.set(sequence, next);
    return String(next);
  }
}
