import type { FailureCategory } from './vocabulary.js';

/**
 * Every reason a record can be held, skipped or failed for, with what to do about it. Stable: a code is never reused
 * for something else. docs/errors.md is checked against this table by a test.
 */
interface ProblemCode {
  readonly category: FailureCategory | 'skipped';
  readonly title: string;
  readonly action: string;
}

const held = (title: string, action: string): ProblemCode => ({ category: 'held', title, action });
const transient = (title: string): ProblemCode => ({
  category: 'transient',
  title,
  action: 'Nothing to do: Tillstream tries again by itself.',
});
const permanent = (title: string, action: string): ProblemCode => ({ category: 'permanent', title, action });
const skipped = (title: string): ProblemCode => ({ category: 'skipped', title, action: 'Nothing to do.' });

export const PROBLEM_CODES = {
  // the order itself
  source_invalid: held(
    'The record is not as the books need it',
    'The message names the field and what stands in it. Correct that field in the shop, or the plugin that writes it; saving without a correction changes nothing.',
  ),
  source_unreadable: held(
    'The shop cannot show this record, although it shows others',
    "Open it in WooCommerce; when that fails too, give its id to whoever looks after the shop: the shop's error log says why. Tillstream looks again with every run, and nothing else waits for it.",
  ),
  source_too_large: held(
    'The record is larger than anything a shop sells in one order',
    'Look at it in WooCommerce: a plugin may have filled its meta data or its refunds. Tillstream looks again with every run, and nothing else waits for it.',
  ),
  currency_unsupported: held(
    'The order is in another currency than the QuickBooks company',
    'Book this order by hand; other currencies are not supported yet.',
  ),
  negative_total: held(
    'The order total is negative',
    'Book this order by hand: QuickBooks takes no document with a negative total.',
  ),
  total_mismatch: held(
    'The lines of the order do not add up to its total',
    'Correct the order in WooCommerce so that its lines and taxes add up to its total, or book it by hand.',
  ),
  order_has_refunds: held(
    'The order has refunds',
    'Book invoice and refund by hand; refunds are not written by this version.',
  ),
  order_edited: held(
    'The order was changed after its invoice was written',
    'Change the invoice in QuickBooks by hand; edits are not written by this version.',
  ),
  order_cancelled: held(
    'The order was cancelled after its invoice was written',
    'Void the invoice in QuickBooks by hand; cancellations are not written by this version.',
  ),
  suborder_ambiguous: held(
    'The order repeats part of the order it belongs to',
    'Compare it with its parent order in WooCommerce: book by hand what is not in both, then discard this failure. Tillstream books neither twice.',
  ),
  negative_tax: held(
    'The tax of the order is negative',
    'Correct the tax of the order in WooCommerce, or book it by hand: QuickBooks takes no negative sales tax.',
  ),
  refund_missing: held(
    'The order is marked refunded, but the shop has no refund of it',
    'Enter the refund in WooCommerce, or set the status back if nothing was refunded. Until then nobody knows how much of it is a sale.',
  ),
  source_date_missing: held(
    'The order has no date: neither created, paid nor completed',
    "Enter the order's date in WooCommerce (edit order, Date created). Saving it without a date would date the sale today.",
  ),
  gift_card_account_missing: held(
    'The order was paid in part with a gift card, and no account for gift cards is named',
    'Name the liability account of your gift cards in quickbooks.accounts.giftCards; the order is then booked by itself.',
  ),
  lines_missing: held('The order has no lines', 'Add a line to the order in WooCommerce, or discard this failure.'),
  // customers and items
  customer_ambiguous: held(
    'Several active QuickBooks customers have this e-mail address',
    'Merge or deactivate the extra customers in QuickBooks, then retry.',
  ),
  customer_gone: held(
    'The QuickBooks customer of this buyer was deleted or made inactive',
    'Make the customer active again in QuickBooks, then retry.',
  ),
  customer_name_taken: held(
    'No free display name was found for the buyer',
    'Create the customer in QuickBooks with this e-mail address, then retry.',
  ),
  item_missing: held(
    'The product has no QuickBooks item and creating items is switched off',
    'Create an item with the same SKU or name in QuickBooks, or switch quickbooks.createMissingItems on.',
  ),
  item_ambiguous: held(
    'Several QuickBooks items match this product',
    'Give the right item a unique SKU in QuickBooks, then retry.',
  ),
  item_gone: held(
    'The QuickBooks item of this product was deleted or made inactive',
    'Make the item active again in QuickBooks, then retry.',
  ),
  account_missing: held(
    'An account that is needed does not exist in QuickBooks',
    'Create the account in QuickBooks or name another one in quickbooks.accounts.',
  ),
  // tax
  tax_unmapped: held(
    'No QuickBooks tax code has the tax rates of this order',
    'Create a tax code with these rates in QuickBooks, or name one in quickbooks.tax.codeByWooRates, for lines without tax in quickbooks.tax.untaxedCode.',
  ),
  tax_ambiguous: held(
    'Several QuickBooks tax codes have the tax rates of this order',
    'Name the right one in quickbooks.tax.codeByWooRates, for lines without tax in quickbooks.tax.untaxedCode.',
  ),
  tax_disabled: held(
    'The order has tax but sales tax is switched off in QuickBooks',
    'Switch sales tax on in QuickBooks, then retry.',
  ),
  // the books
  period_closed: held(
    'The books are closed for the date of this order',
    'Reopen the period in QuickBooks or book the order by hand.',
  ),
  doc_number_taken: held(
    'Another document in QuickBooks already has this number',
    'Set quickbooks.docNumberPrefix, then retry.',
  ),
  edited_in_quickbooks: held(
    'Somebody changed the document in QuickBooks',
    'Compare it with the order; Tillstream does not overwrite it.',
  ),
  removed_in_quickbooks: held(
    'The document was deleted or voided in QuickBooks',
    'Book the order by hand if it should be in the books; Tillstream does not write a removed document again.',
  ),
  duplicate_document: held(
    'Two QuickBooks documents belong to one order',
    'Delete the one that is wrong; Tillstream deletes nothing.',
  ),
  remote_total_differs: held(
    'QuickBooks computed another total than the order has; the document was taken back',
    'Check the tax set-up of the company, then retry.',
  ),
  // QuickBooks refused or is not usable
  connection_missing: held('The target is not connected', 'Connect it again; the work goes on by itself.'),
  connection_parked: held('QuickBooks asks for a new consent', 'Reconnect QuickBooks; the work goes on by itself.'),
  permission_denied: permanent('The QuickBooks user may not do this', 'Reconnect with a user who may, then retry.'),
  feature_off: permanent('QuickBooks has this feature switched off', 'Switch it on in QuickBooks, then retry.'),
  subscription_ended: permanent('The QuickBooks subscription has ended', 'Renew the subscription, then retry.'),
  quickbooks_rejected: permanent(
    'QuickBooks refused the document',
    'Read the reason, correct the order or QuickBooks, then retry.',
  ),
  mapping_invalid: permanent('QuickBooks found a field wrong', 'Send the message to support with the order id.'),
  // trouble that passes
  quickbooks_unavailable: transient('QuickBooks is not reachable or answers nonsense'),
  quickbooks_read_refused: {
    category: 'transient',
    title: 'QuickBooks refused to show something that has to be known first',
    action:
      'Tillstream tries again by itself. If it stays, read what QuickBooks said: an invoice saved with an invalid e-mail address, for example, makes lists unreadable until that invoice is corrected.',
  },
  quickbooks_throttled: transient('QuickBooks asked to slow down'),
  quickbooks_busy: transient('QuickBooks is under maintenance or locked'),
  outcome_unknown: {
    category: 'unknown_outcome',
    title: 'The reply of QuickBooks was lost',
    action: 'Nothing to do: Tillstream looks the document up before it does anything.',
  },
  // Supabase
  supabase_unavailable: transient('Supabase is not reachable, paused or answers nonsense'),
  supabase_schema_missing: held(
    'Tables or functions are missing in Supabase',
    'Run the SQL that "tillstream supabase schema" prints in the SQL editor of the project; the work goes on by itself.',
  ),
  supabase_access_denied: held(
    'Supabase does not let Tillstream in, or grants are missing',
    'Check key or database URL in the connection and run the SQL that "tillstream supabase schema" prints.',
  ),
  row_rejected: permanent(
    'Supabase refused the row',
    'Read the reason; correct the record in the shop or the constraint in the database, then retry.',
  ),
  source_unavailable: transient('The shop is not reachable or answers nonsense'),
  internal_error: permanent(
    'Tillstream met an error of its own',
    'Retry; if it comes back, send the failure id to support.',
  ),
  // skipped
  source_not_found: skipped('The shop has no such record'),
  before_start_date: skipped('The order is older than orders.createdFrom'),
  status_left: skipped('The order left the selected statuses; its document stays as it is'),
  part_of_parent: skipped('The order is part of another order, which is booked whole'),
  superseded: skipped('A newer version of the record was written meanwhile'),
  customer_without_orders: skipped('The customer has no order in QuickBooks and quickbooks.customers is withOrders'),
  product_not_sold_itself: skipped('The product is only the parent of its variations, or sold as something else'),
  product_not_published: skipped('The product is a draft or in the trash'),
  run_cancelled: skipped('The run was cancelled before this record'),
  discarded: skipped('Somebody discarded this failure; a change of the order ends that'),
} as const satisfies Record<string, ProblemCode>;

export type ProblemCodeName = keyof typeof PROBLEM_CODES;
