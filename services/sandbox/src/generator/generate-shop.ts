import {
  type NextItemId,
  type ShopCustomer,
  type ShopData,
  type ShopOrder,
  type Site,
  orderMoney,
  DEFAULT_SITE,
} from '../woocommerce/index.js';
import { BasketMaker } from './basket.js';
import { buildCatalogue } from './catalogue.js';
import { ODD_PEOPLE, type Person, addressOf, ordinaryPeople } from './people.js';
import { type PlantedCode, type PlantedCounts, plant, plantedList, plantedSpec } from './planted.js';
import { type CompanyProfile, PROFILES } from './profiles.js';
import { type QuickBooksHints, quickbooksHints } from './quickbooks-hints.js';
import { Random } from './random.js';
import { addRefunds } from './refunds.js';
import { type OrderSpec, type RecipeContext, plainOrder, recipes } from './recipes.js';
import { creationTimes, modificationTimes, momentInRepeatedHour } from './times.js';

export interface GenerateShopOptions {
  readonly seed: number;
  /** Good orders, sold and unsold; planted ones come on top. */
  readonly orders: number;
  readonly profile?: CompanyProfile;
  readonly planted?: PlantedCounts;
  /** So many sold orders get a refund: without lines, by line, in full, in turns. Default 0. */
  readonly refunds?: number;
  /** Overrides of the profile, e.g. `{ pricesIncludeTax: true, roundAtSubtotal: true, hpos: false }`. */
  readonly site?: Partial<Site>;
  /** Last possible instant of an order (ms); the first lies 90 days before. Default the end of 2025. */
  readonly endAt?: number;
}

export interface ExpectedHold {
  readonly id: number;
  readonly number: string;
  readonly code: PlantedCode;
}

export interface GeneratedShop extends ShopData {
  readonly profile: CompanyProfile;
  readonly quickbooksSeed: QuickBooksHints;
  /** Orders a sync of processing, completed and refunded orders finds, planted ones included; and the others. */
  readonly expected: {
    readonly selected: readonly number[];
    readonly notSelected: readonly number[];
    /** Refunded orders (option `refunds`) are among them: no books follow from a refund yet. */
    readonly held: readonly ExpectedHold[];
    /** Orders the option `refunds` gave a refund. */
    readonly refunded: readonly number[];
  };
  /** Order ids by oddity. */
  readonly oddities: Readonly<Record<string, readonly number[]>>;
}

interface Slot {
  readonly oddity: string;
  readonly planted?: PlantedCode;
  readonly spec: OrderSpec;
}

const SOLD = new Set(['processing', 'completed', 'refunded']);
const DEFAULT_END = Date.UTC(2025, 11, 31, 12);

/**
 * A shop from a seed: the same options give the same shop, byte for byte. Without planted records every sold order
 * can be booked; with them `expected.held` says which cannot and under which code.
 */
export function generateShop(options: GenerateShopOptions): GeneratedShop {
  const profileName = options.profile ?? 'us';
  const profile = PROFILES[profileName];
  const site: Site = { ...DEFAULT_SITE, ...profile.site, ...options.site };
  const random = new Random(options.seed);
  const endAt = Math.floor((options.endAt ?? DEFAULT_END) / 1000) * 1000;
  const createdAt = endAt - 120 * 86_400_000;
  const catalogue = buildCatalogue(random, site.decimals, createdAt, profileName === 'global');
  const baskets = new BasketMaker(random, catalogue, site.decimals);
  const context: RecipeContext = { random, baskets, catalogue, regions: profile.regions };
  const slots = planSlots(options, context);
  const hints = quickbooksHints(profileName);
  const people = ordinaryPeople(random, Math.max(3, Math.ceil(options.orders / 4)));
  const accounts = customerAccounts(people, random, profile.regions[0] ?? random.pick(profile.regions), createdAt);
  const orders = writeOrders(slots, {
    random,
    site,
    endAt,
    people,
    accounts,
    hints,
    foreignCurrency: profile.foreignCurrency,
  });
  const refunded = addRefunds(orders, options.refunds ?? 0, options.seed, site);
  return {
    profile: profileName,
    site: { ...profile.site, ...options.site },
    taxRates: profile.regions.flatMap((region) => Object.values(region.rates).flat()),
    products: catalogue.products,
    customers: [...accounts, ...lateAccounts(people, accounts)],
    orders,
    quickbooksSeed: hints,
    expected: expectation(orders, refunded),
    oddities: odditiesOf(slots, orders),
  };
}

/** Every oddity once (twice when there is room, the very long orders once), the rest ordinary, then the planted. */
function planSlots(options: GenerateShopOptions, context: RecipeContext): Slot[] {
  const all = Object.entries(recipes(context));
  const twice = all.filter(([name]) => name !== 'lines-many');
  const wanted = options.orders >= all.length + twice.length ? [...all, ...twice] : all;
  const special = wanted.slice(0, options.orders).map(([oddity, recipe]): Slot => ({ oddity, spec: recipe(context) }));
  const plain = Array.from(
    { length: options.orders - special.length },
    (): Slot => ({ oddity: 'plain', spec: plainOrder(context) }),
  );
  const planted = plantedList(options.planted ?? 0).map(
    (code, turn): Slot => ({
      oddity: `planted-${code}`,
      planted: code,
      spec: plantedSpec(code, turn, context),
    }),
  );
  return context.random.shuffle([...special, ...plain, ...planted]);
}

interface Writing {
  readonly random: Random;
  readonly site: Site;
  readonly endAt: number;
  readonly people: readonly Person[];
  readonly accounts: readonly ShopCustomer[];
  readonly hints: QuickBooksHints;
  readonly foreignCurrency: string;
}

function writeOrders(slots: readonly Slot[], writing: Writing): ShopOrder[] {
  const { random, site, endAt } = writing;
  const created = creationTimes(slots.length, endAt, random);
  const modified = modificationTimes(created, endAt, random);
  let itemId = 1000;
  const nextItemId: NextItemId = () => {
    itemId += 1;
    return itemId;
  };
  let id = 1000;
  return slots.map((slot, index) => {
    id += random.int(2, 4);
    const createdAt =
      slot.spec.moment === 'repeated-hour' ? momentInRepeatedHour(site.zone, endAt, random) : (created[index] ?? endAt);
    const order = writeOrder(slot.spec, id, index, createdAt, modified[index] ?? endAt, writing, nextItemId);
    if (slot.planted !== undefined) {
      plant(order, slot.planted, plantedBefore(slots, index), writing.foreignCurrency, writing.hints);
    }
    return order;
  });
}

function writeOrder(
  spec: OrderSpec,
  id: number,
  index: number,
  createdAt: number,
  modifiedAt: number,
  { random, site, people, accounts }: Writing,
  nextItemId: NextItemId,
): ShopOrder {
  const person = spec.person ?? random.pick(people);
  const account = accounts.find((each) => each.email === person.email);
  const billing = addressOf(person, spec.region);
  const status = spec.status ?? (random.chance(0.5) ? 'completed' : 'processing');
  const payment = spec.payment ?? 'card';
  const paidAt = payment === 'card' ? createdAt + random.int(1, 50) * 1000 : null;
  return {
    id,
    number: orderNumber(spec.numbering ?? 'id', id, index),
    status,
    createdVia: spec.draft.path,
    customerId: account?.id ?? 0,
    createdAt,
    modifiedAt: Math.max(modifiedAt, createdAt),
    paidAt,
    completedAt: status === 'completed' ? Math.max(paidAt ?? createdAt, createdAt + 60_000) : null,
    billing,
    shipping: { ...billing, email: '' },
    ...PAYMENTS[payment],
    transactionId: payment === 'card' ? `pi_3O${String(id).padStart(22, 'k')}` : '',
    customerNote: random.chance(0.1) ? 'Please ring twice 🔔 &amp; wait' : '',
    draft: spec.draft,
    money: orderMoney(spec.draft, site, nextItemId),
    refunds: [],
    metaData: [],
  };
}

const PAYMENTS = {
  card: { paymentMethod: 'stripe', paymentMethodTitle: 'Card' },
  cod: { paymentMethod: 'cod', paymentMethodTitle: 'Cash on delivery' },
  bacs: { paymentMethod: 'bacs', paymentMethodTitle: 'Direct bank transfer' },
  none: { paymentMethod: '', paymentMethodTitle: '' },
} as const;

/** Two long numbers share their first 21 characters: cutting them off would make them one. */
function orderNumber(numbering: 'id' | 'sequential' | 'long', id: number, index: number): string {
  if (numbering === 'sequential') return `W-${String(index + 1).padStart(5, '0')}`;
  if (numbering === 'long') return `WEBSHOP-EAST-2025-ORDER-${String(id).padStart(8, '0')}`;
  return String(id);
}

/** Every third ordinary buyer has an account; the odd ones buy as guests, as most strangers do. */
function customerAccounts(
  people: readonly Person[],
  random: Random,
  region: Parameters<typeof addressOf>[1],
  createdAt: number,
): ShopCustomer[] {
  const registered = [...people.filter((_, index) => index % 3 === 0), ...ODD_PEOPLE.knownCustomer];
  return registered.map((person, index) => ({
    id: 10 + index,
    email: person.email,
    firstName: person.firstName,
    lastName: person.lastName,
    username: `user${index + 1}`,
    createdAt: createdAt + random.int(0, 86_400) * 1000,
    modifiedAt: createdAt + 86_400_000,
    billing: addressOf(person, region),
  }));
}

function plantedBefore(slots: readonly Slot[], index: number): number {
  const code = slots[index]?.planted;
  return slots.slice(0, index).filter((slot) => slot.planted === code).length;
}

/**
 * Two guests who made an account after they had bought: their orders stay guest orders, with the account's e-mail
 * (of the second in another letter case).
 */
function lateAccounts(people: readonly Person[], accounts: readonly ShopCustomer[]): ShopCustomer[] {
  const known = new Set(accounts.map(({ email }) => email));
  const guests = people.filter(({ email }) => !known.has(email)).slice(0, 2);
  const last = accounts.at(-1);
  if (last === undefined) return [];
  return guests.map((person, index) => {
    const email = index === 0 ? person.email : person.email.toUpperCase();
    const { firstName, lastName } = person;
    const billing = { ...last.billing, first_name: firstName, last_name: lastName, email };
    const id = last.id + 1 + index;
    return { ...last, id, email, firstName, lastName, username: `late${index + 1}`, billing, isPaying: false };
  });
}

function expectation(orders: readonly ShopOrder[], refunded: readonly number[]): GeneratedShop['expected'] {
  const sold = orders.filter((order) => SOLD.has(order.status));
  const givenBack = new Set(refunded);
  return {
    selected: sold.map((order) => order.id),
    notSelected: orders.filter((order) => !SOLD.has(order.status)).map((order) => order.id),
    held: sold.flatMap((order) => {
      const planted = order.planted as PlantedCode | undefined;
      const code = planted ?? (givenBack.has(order.id) ? 'order_has_refunds' : undefined);
      return code === undefined ? [] : { id: order.id, number: order.number, code };
    }),
    refunded,
  };
}

function odditiesOf(slots: readonly Slot[], orders: readonly ShopOrder[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  slots.forEach((slot, index) => {
    const id = orders[index]?.id;
    if (id !== undefined) (found[slot.oddity] ??= []).push(id);
  });
  return found;
}
