import type { Buyer, CanonicalCustomer, QuickBooksSettings } from '@tillstream/contracts';
import { base32Digest } from '@tillstream/kernel';
import { wireAddress } from './address.js';
import { held, type Held } from './held.js';
import type { BuyerRecord, CustomerContext, CustomerPlan, JsonObject, NameEntry, WireEntity } from './model.js';
import { type ChangePlan, planChange } from './name-change.js';
import { cleanName, cleanText, emailKey, truncate, unusableEmail, withSuffix } from './text.js';
import { compact } from './wire-json.js';

/**
 * Which QuickBooks customer a buyer is (B9), known from an order or from the customer's own record. E-mail decides, names
 * only have to be free. Messages carry ids and no names: they become facts, which are kept for ever (D4).
 */

const DISPLAY_NAME_LENGTH = 500;
const PHONE_LENGTH = 21;
const GUEST_NAME = 'Woo guest';

/** The buyer that a customer's record describes: what an order of theirs would say of them. */
export function buyerOf({
  source,
  id,
  email,
  firstName,
  lastName,
  phone,
  billing,
  shipping,
}: CanonicalCustomer): BuyerRecord {
  const isNamed = `${billing.firstName}${billing.lastName}`.trim() !== '';
  const named = isNamed ? billing : { ...billing, firstName, lastName };
  return { source, id, number: null, buyer: { id, email, phone, billing: named, shipping } };
}

/** What messages call it. */
function subjectOf({ source, id, number }: BuyerRecord): string {
  return number === null ? `Customer ${source}:${id}` : `Order ${number}`;
}

/**
 * Stable key of the buyer and sourceId of the customer's ledger entry: `woo:17`, `woo:guest-<hash of the e-mail>`
 * (no personal data in facts, D4) or `woo:guest`, the one customer of all guests without e-mail.
 */
export function customerIdentity(record: BuyerRecord, settings: QuickBooksSettings): string {
  const { id, email } = record.buyer;
  if (id !== null) return `${record.source}:${id}`;
  // An address that nobody can write to still tells buyers apart.
  const key = emailKey(email) ?? unusableEmail(email);
  if (key === null || settings.customerForGuests === 'single') return `${record.source}:guest`;
  return `${record.source}:guest-${base32Digest(['guest', key], 80)}`;
}

/**
 * Use a customer, create one, or hold the record: `customer_ambiguous`, `customer_gone`, `customer_name_taken`.
 */
export function planCustomer(record: BuyerRecord, context: CustomerContext): CustomerPlan | Held {
  const identity = customerIdentity(record, context.settings);
  const email = isSharedGuest(record, identity) ? null : emailKey(record.buyer.email);
  const { own: matches, foreign } = email === null ? NOBODY : matchesOf(email, context);
  if (context.knownId !== null) return useKnown(record, identity, context, matches);
  const [match, ...others] = matches;
  if (match && others.length > 0) {
    return held(
      'customer_ambiguous',
      `${subjectOf(record)}: ${matches.length} active QuickBooks customers have the buyer's e-mail address: ${idsOf(matches)}.`,
    );
  }
  if (match) return { kind: 'use', identity, id: match.id, how: 'adopted' };
  return planNew(record, identity, email, context, foreign > 0);
}

const NOBODY = { own: [], foreign: 0 } as const;

/**
 * Customers with the address, of the document's currency: QuickBooks keeps one currency per customer. Jobs, projects and
 * sub-customers carry their customer's address: it is the customer that buys, the only one above them when it has none.
 */
function matchesOf(email: string, { directory, profile }: CustomerContext) {
  const found = directory.activeCustomersByEmail(email);
  const customers = found.filter(({ parentId }) => parentId === undefined);
  const above = found.flatMap((entry) => topOf(entry, directory) ?? []).filter(({ active }) => active);
  const candidates = customers.length > 0 ? customers : [...new Map(above.map((entry) => [entry.id, entry])).values()];
  const own = candidates.filter(({ currency }) => (currency ?? profile.homeCurrency) === profile.homeCurrency);
  return { own, foreign: candidates.length - own.length };
}

/** QuickBooks nests at most five deep. */
const DEEPEST = 5;

function topOf(entry: NameEntry, directory: CustomerContext['directory']): NameEntry | null {
  let top: NameEntry | null = entry;
  for (let level = 0; level < DEEPEST && top?.parentId !== undefined; level += 1)
    top = directory.customer(top.parentId);
  return top;
}

function idsOf(matches: readonly { readonly id: string }[]): string {
  return matches
    .slice(0, 5)
    .map(({ id }) => `id ${id}`)
    .join(', ');
}

function isSharedGuest(record: BuyerRecord, identity: string): boolean {
  return identity === `${record.source}:guest`;
}

function useKnown(
  record: BuyerRecord,
  identity: string,
  { directory, knownId }: CustomerContext,
  matches: readonly { readonly id: string }[],
): CustomerPlan | Held {
  const known = directory.customer(knownId ?? '');
  if (known?.active) return { kind: 'use', identity, id: known.id, how: 'known' };
  const [only] = matches;
  if (only && matches.length === 1) return { kind: 'use', identity, id: only.id, how: 'remapped' };
  const what = known ? 'was made inactive' : 'no longer exists';
  return held(
    'customer_gone',
    `${subjectOf(record)}: the QuickBooks customer with id ${knownId} ${what}, and ${matches.length === 0 ? 'no' : matches.length} other active customers have the buyer's e-mail address.`,
  );
}

function planNew(
  record: BuyerRecord,
  identity: string,
  email: string | null,
  context: CustomerContext,
  hasForeignTwin: boolean,
): CustomerPlan | Held {
  const shared = isSharedGuest(record, identity);
  const candidates = shared
    ? [GUEST_NAME, `${GUEST_NAME} 2`, `${GUEST_NAME} 3`]
    : nameCandidates(record, email, context.profile.isUs, hasForeignTwin ? context.profile.homeCurrency : null);
  const guest = shared
    ? context.directory.byName(GUEST_NAME).find((entry) => entry.kind === 'customer' && entry.active)
    : undefined;
  if (guest) return { kind: 'use', identity, id: guest.id, how: 'adopted' };
  const free = candidates.filter((name) => context.directory.byName(name).length === 0);
  if (free.length === 0) {
    return held(
      'customer_name_taken',
      `${subjectOf(record)}: all ${candidates.length} display names for the buyer are in use in QuickBooks by others.`,
    );
  }
  const template = shared ? sharedTemplate(context) : buyerTemplate(record.buyer, email, context);
  return { kind: 'create', identity, nameCandidates: free, email, template };
}

/**
 * `name`, `name (CUR)` beside the same buyer in another currency, `name (e-mail)`, `name (Woo <id>)`: cleaned, within 500
 * characters, never empty, no two alike.
 */
export function nameCandidates(
  record: BuyerRecord,
  email: string | null,
  isUs: boolean,
  currency: string | null = null,
): string[] {
  const name = displayName(record, email, isUs);
  const id = record.buyer.id === null ? `order ${record.id}` : record.buyer.id;
  const tag = cleanName(record.source === 'woo' ? `Woo ${id}` : `${record.source} ${id}`, isUs, 100);
  const mail = email === null ? '' : cleanName(email, isUs, 100);
  const suffixes = ['', currency === null ? '' : ` (${currency})`, mail === '' ? '' : ` (${mail})`, ` (${tag})`];
  return [...new Set(suffixes.map((suffix) => withSuffix(name, suffix, DISPLAY_NAME_LENGTH)))];
}

function displayName(record: BuyerRecord, email: string | null, isUs: boolean): string {
  const { billing, shipping } = record.buyer;
  const options = [
    `${billing.firstName} ${billing.lastName}`,
    billing.company,
    `${shipping.firstName} ${shipping.lastName}`,
    shipping.company,
    email ?? '',
  ];
  const named = options.map((option) => cleanName(option, isUs, DISPLAY_NAME_LENGTH)).find((option) => option !== '');
  return named ?? `Woo customer ${cleanName(record.buyer.id ?? record.id, isUs, 100)}`.trim();
}

function buyerTemplate(buyer: Buyer, email: string | null, { profile }: CustomerContext): JsonObject {
  const { isUs } = profile;
  const part = (text: string) => cleanName(text, isUs, 100);
  return compact({
    GivenName: part(buyer.billing.firstName),
    FamilyName: part(buyer.billing.lastName),
    CompanyName: part(buyer.billing.company),
    PrimaryEmailAddr: wireEmail(email, isUs),
    PrimaryPhone: compact({ FreeFormNumber: phone(buyer.phone, isUs) }),
    BillAddr: wireAddress(buyer.billing, isUs),
    ShipAddr: wireAddress(buyer.shipping, isUs),
    Notes: emailNote(buyer.email, isUs) ?? '',
    ...common(profile),
  });
}

/** Says what the shop has where an address should stand; null when QuickBooks can store the address itself. */
export function emailNote(email: string, isUs: boolean): string | null {
  const text = unusableEmail(email);
  return text === null ? null : `E-mail as entered in the shop: ${cleanText(text, isUs)}`;
}

function sharedTemplate({ profile }: CustomerContext): JsonObject {
  return compact(common(profile));
}

/** B15: we never cause mail to a shop's customers. */
function common(profile: CustomerContext['profile']): Readonly<Record<string, JsonObject | string>> {
  return {
    PreferredDeliveryMethod: 'None',
    CurrencyRef: profile.multiCurrency ? { value: profile.homeCurrency } : {},
  };
}

/** {} when the company's character set cannot hold the address unchanged: a mangled one would be somebody else's. */
export function wireEmail(email: string | null, isUs: boolean): JsonObject {
  return email !== null && cleanText(email, isUs) === email ? { Address: email } : {};
}

function phone(text: string, isUs: boolean): string {
  const clean = cleanText(text, isUs);
  return clean.length <= PHONE_LENGTH ? clean : truncate(clean.replace(/[^\d+]/gu, ''), PHONE_LENGTH);
}

/**
 * What a customer of ours needs to say what its record says now (B5, B9). `standing` is the body last written. The name
 * it has stays when it is one of the record's names. Holds with `edited_in_quickbooks`, `customer_name_taken`.
 */
export function planCustomerChange(
  record: BuyerRecord,
  context: CustomerContext,
  { standing, remote, unavailable }: { standing: JsonObject; remote: WireEntity; unavailable: ReadonlySet<string> },
): ChangePlan | Held {
  const email = emailKey(record.buyer.email);
  const template = buyerTemplate(record.buyer, email, context);
  return planChange({
    entity: 'Customer',
    subject: subjectOf(record),
    names: nameCandidates(record, email, context.profile.isUs),
    isFree: (name) =>
      !unavailable.has(name) &&
      context.directory.byName(name).every(({ kind, id }) => kind === 'customer' && id === remote.Id),
    wanted: template,
    standing,
    remote,
  });
}

/** Body of the customer under one of its name candidates. */
export function customerBody(plan: Extract<CustomerPlan, { kind: 'create' }>, name: string): JsonObject {
  return { DisplayName: name, ...plan.template };
}
