export { hasEmail, isEmailRefused, withoutEmail } from './domain/without-email.js';
export * from './client/api.js';
export * from './client/oauth.js';
export { readProfile } from './client/profile.js';
export { buildQuery, PAGE_SIZE } from './client/query.js';
export * from './client/types.js';
export { accountIdentity, planAccount } from './domain/accounts.js';
export { minorOfWire, wireAmount } from './domain/numbers.js';
export { appliedMinor, checkAnswer, checkOwned, isRemoved, ownedFields, wireTotals } from './domain/answer.js';
export { classifyFailure, classifyResponse } from './domain/answers/classify.js';
export { KNOWN_FAULT_CODES } from './domain/answers/fault-codes.js';
export { buyerOf, customerBody, customerIdentity, planCustomer, planCustomerChange } from './domain/customers.js';
export { ItemDirectory, type ItemLookup, NameDirectory, type NameLookup, skuKey } from './domain/directories.js';
export { bodyText, buildInvoice, buildPayment } from './domain/documents.js';
export * from './domain/held.js';
export { docNumber, isOurs, markerOf, ownershipMarker, requestId, shortNumber } from './domain/identity.js';
export {
  itemBody,
  itemIdentity,
  needOfProduct,
  noteSkuOwners,
  planItem,
  planItemChange,
  whyNotSold,
} from './domain/items.js';
export * from './domain/model.js';
export { type ChangePlan, flatFields } from './domain/name-change.js';
export { automaticBound, checkRefunds, documentDate, isPaid, roundingBound } from './domain/order-checks.js';
export { planOrder } from './domain/plan-order.js';
export { planPayment } from './domain/plan-payment.js';
export { type Prediction, predictTotals } from './domain/predict.js';
export { sourceOf } from './domain/private-note.js';
export { parseAccount, parseItemEntry, parseNameEntry, parseProfile } from './domain/profile.js';
export { listAt, textAt } from './domain/wire-json.js';
