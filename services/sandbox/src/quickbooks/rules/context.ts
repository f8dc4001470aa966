import type { Amounts, Company, EntityName, Stored } from '../company.js';
import type { FieldTable } from '../fields.js';
import type { JsonObject } from '../json.js';

/** What a rule may know about the write it judges. */
export interface WriteContext {
  readonly company: Company;
  /** The object being updated; undefined for a create. */
  readonly before: Stored | undefined;
  /** Fault `wrongTotal`: book this many minor units of tax too much. */
  readonly taxOffsetMinor: number;
}

/** A write that passed every rule, ready to be stored. */
export interface Prepared {
  readonly input: JsonObject;
  readonly computed: JsonObject;
  readonly amounts?: Amounts;
}

/** Everything QuickBooks knows about one kind of object. */
export interface EntityRules {
  readonly name: EntityName;
  readonly kind: 'list' | 'transaction' | 'readOnly';
  readonly fields: FieldTable;
  /** Properties that may stand in WHERE and ORDERBY besides Id and MetaData. */
  readonly filterable: readonly string[];
  /** Judges a draft (sparse updates are already merged) and completes it. Changes nothing; throws a Fault. */
  prepare(draft: JsonObject, context: WriteContext): Prepared;
  /** Side effects on other objects after `stored` took its new state; `before` is its state until then. */
  settle?(stored: Stored, before: JsonObject | undefined, context: WriteContext): void;
  readonly deletable?: boolean;
  readonly voidable?: boolean;
}
