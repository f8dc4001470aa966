import type { CanonicalProduct, OrderLine, QuickBooksSettings } from '@tillstream/contracts';
import { minorDigits } from '@tillstream/kernel';
import { isSellable, skuKey } from './directories.js';
import { held, type Held } from './held.js';
import type {
  AccountRole,
  ItemContext,
  ItemEntry,
  ItemNeed,
  ItemPlan,
  JsonObject,
  RoleItem,
  WireEntity,
} from './model.js';
import { type ChangePlan, planChange } from './name-change.js';
import { wireAmount } from './numbers.js';
import { cleanName, cleanText, fold, withSuffix } from './text.js';

/** Which QuickBooks item stands behind a line (B10). Products are identified by id, SKUs only find an item once. */

const NAME_LENGTH = 100;

export const ROLE_ITEMS: Readonly<Record<RoleItem, { readonly name: string; readonly accountRole: AccountRole }>> = {
  sale: { name: 'Woo sale', accountRole: 'salesIncome' },
  shipping: { name: 'Woo shipping', accountRole: 'shippingIncome' },
  fee: { name: 'Woo fee', accountRole: 'feeIncome' },
  discount: { name: 'Woo discount', accountRole: 'discounts' },
  rounding: { name: 'Woo rounding', accountRole: 'rounding' },
  giftCard: { name: 'Woo gift card', accountRole: 'giftCards' },
};

/** sourceId of the item's ledger entry: `woo:88`, `woo:88-91` for a variation, `role:sale` without a product. */
export function itemIdentity(source: string, line: Pick<OrderLine, 'productId' | 'variationId'>): string {
  if (line.productId === null) return 'role:sale';
  return line.variationId === null ? `${source}:${line.productId}` : `${source}:${line.productId}-${line.variationId}`;
}

export function roleNeed(role: RoleItem): ItemNeed {
  const { name, accountRole } = ROLE_ITEMS[role];
  return { identity: `role:${role}`, role, productId: null, variationId: null, sku: null, name, accountRole };
}

export function productNeed(source: string, line: OrderLine): ItemNeed {
  if (line.productId === null) return roleNeed('sale');
  return {
    identity: itemIdentity(source, line),
    role: null,
    productId: line.productId,
    variationId: line.variationId,
    sku: line.sku?.trim() || null,
    name: line.name,
    accountRole: 'salesIncome',
  };
}

/** The item that a product's own record asks for; a variation without a SKU of its own shows its parent's, as in orders. */
export function needOfProduct(product: CanonicalProduct): ItemNeed {
  const { source, id, parentId, name, sku, parentSku, priceMinor, currency } = product;
  const ids = parentId === null ? { productId: id, variationId: null } : { productId: parentId, variationId: id };
  return {
    identity: itemIdentity(source, ids),
    role: null,
    ...ids,
    sku: (sku ?? parentSku)?.trim() || null,
    name,
    accountRole: 'salesIncome',
    ...(priceMinor === null ? {} : { price: { amountMinor: priceMinor, currency } }),
  };
}

/** Types whose parts are sold, or that somebody else sells. */
const NOT_SOLD_ITSELF = new Set(['variable', 'variable-subscription', 'grouped', 'external']);
/** Statuses under which WooCommerce sells: `private` is for logged-in people and switched-off variations. */
const SOLD_STATUSES = new Set(['publish', 'private']);

/** Why a product's record is no item of its own, or null. */
export function whyNotSold(
  product: Pick<CanonicalProduct, 'type' | 'status'>,
): 'product_not_sold_itself' | 'product_not_published' | null {
  if (NOT_SOLD_ITSELF.has(product.type)) return 'product_not_sold_itself';
  return SOLD_STATUSES.has(product.status) ? null : 'product_not_published';
}

/** Adds the SKUs of these needs to the owners seen so far; true when something new was learnt. */
export function noteSkuOwners(owners: Map<string, Set<string>>, needs: readonly ItemNeed[]): boolean {
  let learnt = false;
  for (const { sku, identity } of needs) {
    if (sku === null) continue;
    const known = owners.get(skuKey(sku)) ?? new Set();
    learnt ||= !known.has(identity);
    owners.set(skuKey(sku), known.add(identity));
  }
  return learnt;
}

/**
 * Use an item, create one, or hold the order: `item_gone`, `item_ambiguous`, `item_missing`.
 *
 * The SKU rule, from what order lines show: a SKU seen only with one product (that product and any of its variations)
 * is usable; several variations showing it means it is their parent's SKU, and all of them use the item that carries
 * it. A SKU seen with two products identifies nothing: neither is matched by it and new items go without it.
 * With `createMissingItems` off an item of exactly the product's name is used too, because then people keep the list.
 */
export function planItem(need: ItemNeed, context: ItemContext): ItemPlan | Held {
  const { knownId } = context;
  if (knownId !== null) return useKnown(need, knownId, context);
  return need.role === null ? planProduct(need, context) : planRole(need, context);
}

function useKnown(need: ItemNeed, knownId: string, { directory }: ItemContext): ItemPlan | Held {
  const known = directory.get(knownId);
  if (known?.active) return { kind: 'use', identity: need.identity, id: knownId, how: 'known' };
  const what = known ? `"${known.name}" (id ${knownId}) was made inactive` : `id ${knownId} no longer exists`;
  return held('item_gone', `The QuickBooks item of "${need.name}" (${need.identity}): ${what}.`);
}

function planProduct(need: ItemNeed, context: ItemContext): ItemPlan | Held {
  const sku = need.sku !== null && isUsableSku(need, need.sku, context) ? need.sku : null;
  const matches = sku === null ? [] : context.directory.sellableBySku(sku);
  const [match, ...others] = matches;
  if (match && others.length === 0) return adopted(need, match);
  if (match) {
    const names = matches
      .map(({ name }) => `"${name}"`)
      .slice(0, 5)
      .join(', ');
    return held(
      'item_ambiguous',
      `"${need.name}": ${matches.length} active QuickBooks items have the SKU "${sku}": ${names}.`,
    );
  }
  const { createMissingItems } = context.settings;
  const named = createMissingItems
    ? undefined
    : sellableNamed(cleanName(need.name, context.profile.isUs, NAME_LENGTH), context);
  return named ? adopted(need, named) : planNew(need, sku, productNames(need, context.profile.isUs), context);
}

function planRole(need: ItemNeed, context: ItemContext): ItemPlan | Held {
  const existing = sellableNamed(need.name, context);
  return existing
    ? adopted(need, existing)
    : planNew(need, null, [need.name, `${need.name} 2`, `${need.name} 3`], context);
}

function adopted(need: ItemNeed, { id }: ItemEntry): ItemPlan {
  return { kind: 'use', identity: need.identity, id, how: 'adopted' };
}

function sellableNamed(name: string, { directory }: ItemContext): ItemEntry | undefined {
  return directory.byName(name).find(isSellable);
}

function isUsableSku(need: ItemNeed, sku: string, { skuOwners }: ItemContext): boolean {
  const owners = skuOwners.get(skuKey(sku)) ?? new Set<string>();
  return [...owners].every((owner) => productOf(owner) === productOf(need.identity));
}

/** `woo:88-91` -> `woo:88`. */
function productOf(identity: string): string {
  return identity.replace(/^([^:]*:[^-]*)-.*$/u, '$1');
}

function planNew(need: ItemNeed, sku: string | null, names: readonly string[], context: ItemContext): ItemPlan | Held {
  const { settings, directory } = context;
  if (need.role === null && !settings.createMissingItems) {
    const key = need.sku === null ? 'it has no SKU' : `SKU "${need.sku}"`;
    return held('item_missing', `"${need.name}" (${need.identity}, ${key}) has no QuickBooks item.`);
  }
  const free = names.filter((name) => directory.byName(name).length === 0);
  if (free.length === 0) {
    return held(
      'item_ambiguous',
      `"${need.name}": the names ${names.map((name) => `"${name}"`).join(', ')} are all in use in QuickBooks.`,
    );
  }
  return {
    kind: 'create',
    identity: need.identity,
    nameCandidates: free,
    sku,
    accountRole: need.accountRole,
    template: { ...template(need, sku, settings, context.profile.isUs), ...price(need, context) },
  };
}

/** The product's name, then the name with its Woo ids: unique, within 100 characters, never empty. */
function productNames(need: ItemNeed, isUs: boolean): string[] {
  const ids = [need.productId, need.variationId].filter((id) => id !== null).join('-');
  const name = cleanName(need.name, isUs, NAME_LENGTH) || cleanName(need.sku ?? '', isUs, NAME_LENGTH) || 'Woo product';
  const names = ['', ` (Woo ${ids})`, ` (${cleanName(need.identity, isUs, 60)})`];
  return names
    .map((suffix) => withSuffix(name, suffix, NAME_LENGTH))
    .filter((entry, index, all) => all.findIndex((other) => fold(other) === fold(entry)) === index);
}

function template(need: ItemNeed, sku: string | null, settings: QuickBooksSettings, isUs: boolean): JsonObject {
  const type = need.role === null && settings.itemType === 'nonInventory' ? 'NonInventory' : 'Service';
  const skuText = sku === null ? '' : cleanText(sku, isUs);
  // A SKU the company's character set or the length would change finds nothing later: better none.
  return skuText !== '' && skuText === sku && sku.length <= 100 ? { Type: type, Sku: sku } : { Type: type };
}

/** In the company's currency only. */
function price({ price: known }: ItemNeed, { profile }: ItemContext): JsonObject {
  if (known === undefined || known.currency !== profile.homeCurrency) return {};
  return { UnitPrice: wireAmount(known.amountMinor, minorDigits(known.currency)) };
}

/**
 * What an item of ours needs to say what its product says now (B5, B10): name, SKU and price. `standing` is the body
 * last written. A SKU that identifies nothing any more is left as it stands. Holds with `edited_in_quickbooks`,
 * `item_ambiguous`.
 */
export function planItemChange(
  need: ItemNeed,
  context: ItemContext,
  { standing, remote, unavailable }: { standing: JsonObject; remote: WireEntity; unavailable: ReadonlySet<string> },
): ChangePlan | Held {
  const { isUs } = context.profile;
  const isUsable = need.sku === null || isUsableSku(need, need.sku, context);
  const sku = isUsable ? template(need, need.sku, context.settings, isUs)['Sku'] : standing['Sku'];
  return planChange({
    entity: 'Item',
    subject: `"${need.name}" (${need.identity})`,
    names: productNames(need, isUs),
    isFree: (name) => !unavailable.has(name) && context.directory.byName(name).every(({ id }) => id === remote.Id),
    wanted: { ...(sku === undefined ? {} : { Sku: sku }), ...price(need, context) },
    standing,
    remote,
  });
}

/** Body of the item under one of its name candidates. */
export function itemBody(
  plan: Extract<ItemPlan, { kind: 'create' }>,
  name: string,
  incomeAccountId: string,
): JsonObject {
  return { Name: name, ...plan.template, IncomeAccountRef: { value: incomeAccountId } };
}
