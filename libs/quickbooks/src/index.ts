import type { CanonicalOrder, OrderLine, QuickBooksSettings } from '@tillstream/contracts';
import type {
  Caller,
  ClientCredentials,
  OAuthOptions,
  Query,
  QuickBooksApiOptions,
  QuickBooksRemote,
  TokenResult,
} from './client/types.js';
import type { Held } from './domain/held.js';
import type * as m from './domain/model.js';

export * from './client/types.js';
export * from './domain/held.js';
export * from './domain/model.js';

// company
export declare function parseProfile(sources: m.ProfileSources): m.CompanyProfile;
export declare function parseNameEntry(wire: unknown, kind: m.NameEntry['kind']): m.NameEntry | null;
export declare function parseItemEntry(wire: unknown): m.ItemEntry | null;
export declare function parseAccount(wire: unknown): m.CompanyAccount | null;

// order -> plan. Checks, lines, tax and prediction in one pure step; nothing may be created before it says `planned`.
export declare function planOrder(
  order: CanonicalOrder,
  settings: QuickBooksSettings,
  profile: m.CompanyProfile,
): m.OrderPlan | Held;
export declare function planAccount(
  role: m.AccountRole,
  settings: QuickBooksSettings,
  profile: Pick<m.CompanyProfile, 'accounts'>,
  paymentMethod?: string,
): m.AccountPlan | Held;
/** `role:<role>`: the ledger's sourceId of an account we create. */
export declare function accountIdentity(role: m.AccountRole): string;
export declare function customerIdentity(order: CanonicalOrder, settings: QuickBooksSettings): string;
export declare function planCustomer(order: CanonicalOrder, context: m.CustomerContext): m.CustomerPlan | Held;
export declare function customerBody(
  plan: Extract<m.CustomerPlan, { kind: 'create' }>,
  displayName: string,
): m.JsonObject;
export declare function itemIdentity(source: string, line: Pick<OrderLine, 'productId' | 'variationId'>): string;
export declare function skuKey(sku: string): string;
export declare function planItem(need: m.ItemNeed, context: m.ItemContext): m.ItemPlan | Held;
export declare function itemBody(
  plan: Extract<m.ItemPlan, { kind: 'create' }>,
  name: string,
  incomeAccountId: string,
): m.JsonObject;

// bodies
export declare function buildInvoice(
  plan: m.OrderPlan,
  refs: m.InvoiceRefs,
  profile: m.CompanyProfile,
): m.BuiltDocument | Held;
/** null: not paid, or total 0 (B3). */
export declare function buildPayment(
  plan: m.OrderPlan,
  refs: m.PaymentRefs,
  profile: m.CompanyProfile,
): m.BuiltDocument | null;
/** JSON text of a body, keys in a fixed order: same body, same bytes. */
export declare function bodyText(body: m.JsonObject): string;
export declare function predictTotals(
  body: m.JsonObject,
  profile: m.CompanyProfile,
  currency: string,
): (m.Totals & { kind: 'predicted' }) | { kind: 'unpredictable'; reason: string };
export declare function checkAnswer(sent: m.BuiltDocument, answer: m.WireEntity): m.AnswerCheck;
/** Amount fields of an Invoice or Payment as QuickBooks sent them. */
export declare function wireTotals(entity: m.WireEntity, currency: string): m.Totals;
export declare function ownedFields(entity: m.JsonObject | m.WireEntity): m.OwnedFields;
export declare function checkOwned(owned: m.OwnedFields, remote: m.WireEntity): m.OwnedCheck;

// identity
export declare function docNumber(prefix: string, number: string): string;
/** `[ts1 invoice abc...]` (B7). `id` is the order's id within its source. */
export declare function ownershipMarker(kind: 'invoice' | 'payment', sourceIdentity: string, sourceId: string): string;
/** The marker in the last line of a PrivateNote, or null. */
export declare function markerOf(privateNote: unknown): string | null;
export declare function isOurs(entity: m.WireEntity, marker: string): boolean;
export declare function requestId(parts: m.RequestIdParts): string;

// answers
export declare function classifyResponse(
  response: { status: number; headers: Readonly<Record<string, string>>; body: string },
  context: m.CallContext,
): m.RemoteResult;
export declare function classifyFailure(error: unknown, context: m.CallContext): m.RemoteResult;

// wire
export declare function createQuickBooksApi(options: QuickBooksApiOptions): QuickBooksRemote;
export declare function buildQuery(query: Query): string;
/** companyinfo, preferences, tax codes, tax rates and accounts: five reads. */
export declare function readProfile(api: QuickBooksRemote, caller: Caller): Promise<m.RemoteResult<m.CompanyProfile>>;
export interface QuickBooksOAuth {
  authorizeUrl(input: { clientId: string; redirectUri: string; state: string }): string;
  exchangeCode(client: ClientCredentials, input: { code: string; redirectUri: string }): Promise<TokenResult>;
  refresh(client: ClientCredentials, refreshToken: string): Promise<TokenResult>;
  revoke(client: ClientCredentials, token: string): Promise<{ kind: 'ok' } | { kind: 'failed'; detail: string }>;
}
export declare function createQuickBooksOAuth(options: OAuthOptions): QuickBooksOAuth;
