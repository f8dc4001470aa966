import {
  encodeEvent,
  type EventType,
  eventId,
  type FactsOf,
  recordKey,
  runKey,
  type StoredEvent,
  TOPICS,
  type WorkPayload,
} from '@tillstream/contracts';
import type { RecordToAppend } from '@tillstream/event-log';
import { sha256Hex } from '@tillstream/kernel';

const TENANT = 'default';
const REALM = '9341453000000001';
/** Orders under way at a time: their events lie between each other on the log. */
const WAVE = 200;
const ORDERS_PER_RUN = 5000;
/** A run tells its progress once per that many orders. */
const ORDERS_PER_PROGRESS = 25;
/** So many waves later an order that failed is booked, and an edited one is booked again. */
const LATER = 20;
const FIRST_TIME = Date.UTC(2026, 0, 5, 12);

type Order = FactsOf<'RecordObserved'> & { readonly run: string; readonly number: number };

/**
 * The history of a shop whose orders go to QuickBooks, as its services write it: per order 8 or 9 events (12 % fail
 * first and are mended later, 10 % are edited later), snapshots of runs between them. Every event follows its schema.
 */
export class History {
  readonly #seqs = new Map<string, number>();
  #time = FIRST_TIME;

  /** The first `count` events, a wave at a time. */
  *records(count: number): Generator<RecordToAppend[]> {
    let left = count;
    for (let wave = 0; left > 0; wave += 1) {
      const records = this.#wave(wave).slice(0, left);
      left -= records.length;
      yield records;
    }
  }

  #wave(wave: number): RecordToAppend[] {
    const orders = ordersOf(wave);
    const before = wave < LATER ? [] : ordersOf(wave - LATER);
    const records: RecordToAppend[] = [...this.#runStarts(orders)];
    for (const order of orders) records.push(this.#observed(order), this.#accepted(order, 'backfill'));
    for (const order of orders) records.push(...(fails(order) ? this.#failed(order) : this.#booked(order, 1)));
    for (const order of before) {
      if (fails(order)) records.push(...this.#mended(order));
      else if (isEdited(order)) records.push(...this.#edited(order));
    }
    for (const order of orders) {
      if (order.number % ORDERS_PER_PROGRESS === 0) records.push(this.#progress(order));
      if (order.number % ORDERS_PER_RUN === ORDERS_PER_RUN - 1) records.push(this.#finished(order));
    }
    return records;
  }

  #observed({ run: _run, number: _number, ...facts }: Order): RecordToAppend {
    return this.#record(facts.sourceId, `record_state/${keyOf(facts.sourceId)}`, 'RecordObserved', facts);
  }

  #accepted(order: Order, lane: FactsOf<'WorkAccepted'>['lane']): RecordToAppend {
    const { sourceId, sourceVersion, contentHash, run } = order;
    const producer = `quickbooks_work/${keyOf(sourceId)}`;
    const facts: FactsOf<'WorkAccepted'> = {
      entity: 'orders',
      sourceId,
      realmId: REALM,
      sourceVersion,
      contentHash,
      lane,
      syncId: run,
      reason: 'changed',
      recreate: false,
      target: 'quickbooks',
    };
    return this.#record(sourceId, producer, 'WorkAccepted', facts, workPayload(order));
  }

  *#booked(order: Order, revision: number): Generator<RecordToAppend> {
    yield* this.#effect(order, 'invoice', revision);
    yield* this.#effect(order, 'payment', revision);
    // A new product's item is one more effect of the first order that has it.
    if (order.number % 4 === 0 && revision === 1) yield this.#intended(order, 'item', revision);
    yield this.#synced(order, revision === 1 ? 'created' : 'updated');
  }

  *#failed(order: Order): Generator<RecordToAppend> {
    for (let attempts = 1; attempts <= 2; attempts += 1) {
      yield this.#record(order.sourceId, `record_state/${keyOf(order.sourceId)}`, 'FailureRecorded', {
        ...failureFacts(order),
        problem: {
          code: 'tax_unmapped',
          category: 'held',
          message: `Order ${order.sourceNumber} has tax at a rate that no QuickBooks tax code stands for.`,
          action: 'Name the tax code for this rate in the settings; the order goes on by itself.',
          remote: { httpStatus: 400, faultCode: '6000', faultDetail: 'Business Validation Error' },
        },
        attempts,
        state: attempts === 1 ? 'retrying' : 'open',
        nextAttemptAt: attempts === 1 ? this.#now() : null,
        causedBy: null,
      } satisfies FactsOf<'FailureRecorded'>);
    }
    yield this.#synced(order, 'held');
  }

  *#mended(order: Order): Generator<RecordToAppend> {
    const producer = `record_state/${keyOf(order.sourceId)}`;
    yield this.#accepted(order, 'retry');
    yield* this.#booked(order, 1);
    yield this.#record(order.sourceId, producer, 'FailureResolved', failureFacts(order));
  }

  *#edited(order: Order): Generator<RecordToAppend> {
    const edited = {
      ...order,
      sourceVersion: order.sourceVersion + 60_000_000,
      contentHash: sha256Hex(`${order.sourceId} edited`),
      totalMinor: (order.totalMinor ?? 0) + 100,
    };
    yield this.#observed(edited);
    yield this.#accepted(edited, 'live');
    yield* this.#booked(edited, 2);
  }

  *#effect(order: Order, kind: 'invoice' | 'payment', revision: number): Generator<RecordToAppend> {
    yield this.#intended(order, kind, revision);
    const facts: FactsOf<'EffectConfirmed'> = {
      ...effectFacts(order, kind, revision),
      ...remoteOf(order, kind),
      syncToken: String(revision - 1),
      taxMinor: kind === 'invoice' ? order.totalTaxMinor : null,
      by: 'reply',
    };
    yield this.#record(order.sourceId, ledgerOf(order, kind), 'EffectConfirmed', facts);
  }

  #intended(order: Order, kind: 'invoice' | 'payment' | 'item', revision: number): RecordToAppend {
    const body = kind === 'invoice' ? invoiceBody(order) : paymentBody(order);
    const facts: FactsOf<'EffectIntended'> = {
      ...effectFacts(order, kind, revision),
      operation: revision === 1 ? 'create' : 'update',
      bodyHash: sha256Hex(body),
      sourceHash: order.contentHash,
      ownerEpoch: 1,
      sentAtMs: this.#time,
      settleAtMs: this.#time + 90_000,
      predictedTotalMinor: order.totalMinor,
    };
    return this.#record(order.sourceId, ledgerOf(order, kind), 'EffectIntended', facts, { body });
  }

  #synced(order: Order, outcome: FactsOf<'RecordSynced'>['outcome']): RecordToAppend {
    const { sourceId, sourceNumber, sourceVersion, contentHash, run } = order;
    const documents = outcome === 'held' ? [] : (['invoice', 'payment'] as const).map((kind) => written(order, kind));
    const facts: FactsOf<'RecordSynced'> = {
      entity: 'orders',
      sourceId,
      sourceNumber,
      target: 'quickbooks',
      sourceVersion,
      contentHash,
      outcome,
      reason: outcome === 'held' ? 'tax_unmapped' : null,
      documents,
      syncId: run,
    };
    return this.#record(sourceId, `record_state/${keyOf(sourceId)}`, 'RecordSynced', facts);
  }

  *#runStarts(orders: readonly Order[]): Generator<RecordToAppend> {
    for (const { run, number } of orders) {
      if (number % ORDERS_PER_RUN !== 0) continue;
      const requestedAt = this.#now();
      yield this.#run(`entity_sync/${TENANT}:orders`, 'RunAccepted', {
        request: {
          syncId: run,
          entity: 'orders',
          mode: 'full',
          target: 'quickbooks',
          dryRun: false,
          filters: {},
          ids: null,
          refs: null,
          idempotencyKey: null,
          requestHash: sha256Hex(run),
          trigger: { type: 'api', id: 'key_bench' },
          requestedAt,
        },
        targets: ['quickbooks'],
        scanning: true,
        movesCursors: true,
        cursors: { quickbooks: null },
        sourceIdentity: 'https://shop.example#1',
        targetIdentities: { quickbooks: `${REALM}#1` },
        acceptedAt: requestedAt,
      } satisfies FactsOf<'RunAccepted'>);
    }
  }

  #progress({ run, number }: Order): RecordToAppend {
    const done = number % ORDERS_PER_RUN;
    const created = Math.floor(done * 0.88);
    const counts = {
      discovered: ORDERS_PER_RUN,
      created,
      updated: 0,
      unchanged: 0,
      skipped: 0,
      failed: 0,
      held: done - created,
      pending: ORDERS_PER_RUN - done,
    };
    const facts: FactsOf<'RunProgressed'> = {
      syncId: run,
      entity: 'orders',
      status: 'running',
      counts,
      perTarget: { quickbooks: counts },
      errors: Array.from({ length: Math.min(20, done - created) }, (_, index) => ({
        failureId: `fail_${run}_${index}`,
        entity: 'orders',
        entityId: `woo:${number - index}`,
        target: 'quickbooks',
        code: 'tax_unmapped',
        message: `Order ${number - index} has tax at a rate that no QuickBooks tax code stands for.`,
      })),
      cursor: { from: null, to: null },
      remoteCalls: { woocommerce: Math.ceil(done / 100), quickbooks: done * 2, supabase: 0 },
      startedAt: new Date(FIRST_TIME).toISOString(),
      finishedAt: null,
      failure: null,
    };
    return this.#run(`run_state/${TENANT}:${run}`, 'RunProgressed', facts);
  }

  #finished({ run }: Order): RecordToAppend {
    const facts: FactsOf<'RunFinished'> = {
      syncId: run,
      entity: 'orders',
      status: 'completed_with_errors',
      cursors: { quickbooks: { modifiedAfter: '2026-01-05T12:00:00' } },
      sourceIdentity: 'https://shop.example#1',
    };
    return this.#run(`run_state/${TENANT}:${run}`, 'RunFinished', facts);
  }

  #record(sourceId: string, producer: string, type: EventType, facts: object, payload?: object): RecordToAppend {
    return this.#event(TOPICS.events.name, keyOf(sourceId), producer, type, facts, payload);
  }

  #run(producer: string, type: EventType, facts: object): RecordToAppend {
    return this.#event(TOPICS.runs.name, runKey(TENANT, 'orders'), producer, type, facts);
  }

  #event(
    topic: string,
    key: string,
    producer: string,
    type: EventType,
    facts: object,
    payload?: object,
  ): RecordToAppend {
    const seq = (this.#seqs.get(producer) ?? 0) + 1;
    this.#seqs.set(producer, seq);
    this.#time += 3;
    const event: StoredEvent = {
      id: eventId(producer, topic, seq),
      type,
      schemaVersion: 1,
      producer,
      seq,
      eventNumber: seq,
      tenantId: TENANT,
      occurredAt: this.#now(),
      facts: { ...facts },
      ...(payload && { payload: { ...payload } }),
    };
    return { topic, key, value: encodeEvent(event) };
  }

  #now(): string {
    return new Date(this.#time).toISOString();
  }
}

const keyOf = (sourceId: string): string => recordKey(TENANT, 'orders', sourceId);
const ledgerOf = ({ sourceId }: Order, kind: string): string =>
  `quickbooks_ledger/${TENANT}:${REALM}:${kind}:${sourceId}`;
const fails = ({ number }: Order): boolean => number % 25 < 3;
const isEdited = ({ number }: Order): boolean => number % 10 === 9;

function ordersOf(wave: number): Order[] {
  return Array.from({ length: WAVE }, (_, index) => {
    const number = wave * WAVE + index;
    const sourceId = `woo:${1000 + number}`;
    const run = `run_${String(Math.floor(number / ORDERS_PER_RUN)).padStart(26, '0')}`;
    return {
      run,
      number,
      entity: 'orders' as const,
      sourceId,
      sourceNumber: String(1000 + number),
      sourceVersion: FIRST_TIME * 1000 + number * 1_000_000,
      contentHash: sha256Hex(sourceId),
      syncId: run,
      status: 'processing',
      totalMinor: 4428 + (number % 5000),
      totalTaxMinor: 328,
      currency: 'USD',
      readBeganAt: FIRST_TIME * 1000 + number * 1_000_000,
      sourceIdentity: 'https://shop.example#1',
      targetIdentities: { quickbooks: `${REALM}#1` },
      gone: false,
      ordinal: number % ORDERS_PER_RUN,
      waits: ['quickbooks' as const],
    };
  });
}

function effectFacts(order: Order, kind: FactsOf<'EffectIntended'>['kind'], revision: number) {
  const requestId = sha256Hex(`${kind} ${order.sourceId} ${revision}`).slice(0, 32);
  return { realmId: REALM, kind, sourceId: order.sourceId, revision, requestId };
}

function remoteOf({ number, sourceNumber, totalMinor }: Order, kind: 'invoice' | 'payment') {
  const remoteId = String(2 * number + (kind === 'invoice' ? 1 : 2));
  return { remoteId, docNumber: kind === 'invoice' ? sourceNumber : null, totalMinor, currency: 'USD' };
}

function written(order: Order, kind: 'invoice' | 'payment') {
  return { remoteType: kind === 'invoice' ? 'Invoice' : 'Payment', ...remoteOf(order, kind), remoteVersion: '0' };
}

function failureFacts({ sourceId, sourceNumber, run }: Order): FactsOf<'FailureResolved'> {
  const failureId = `fail_${sourceId}`;
  return { failureId, entity: 'orders', sourceId, sourceNumber, target: 'quickbooks', syncId: run };
}

function invoiceBody({ number, sourceNumber, totalMinor }: Order): string {
  const line = (index: number) => ({
    DetailType: 'SalesItemLineDetail',
    Amount: (totalMinor ?? 0) / 200,
    Description: `Mug – Blue ${index}`,
    SalesItemLineDetail: {
      ItemRef: { value: String(40 + index) },
      Qty: 1,
      UnitPrice: (totalMinor ?? 0) / 200,
      TaxCodeRef: { value: 'TAX' },
    },
  });
  return JSON.stringify({
    DocNumber: sourceNumber,
    TxnDate: '2026-01-05',
    CustomerRef: { value: String(100 + (number % 900)) },
    CurrencyRef: { value: 'USD' },
    PrivateNote: `WooCommerce order ${sourceNumber}`,
    BillAddr: { Line1: '1 Elm St', City: 'Reno', CountrySubDivisionCode: 'NV', PostalCode: '89501', Country: 'US' },
    Line: [line(1), line(2)],
    TxnTaxDetail: { TxnTaxCodeRef: { value: '4' }, TotalTax: 3.28 },
  });
}

function paymentBody({ number, totalMinor }: Order): string {
  const TotalAmt = (totalMinor ?? 0) / 100;
  return JSON.stringify({
    CustomerRef: { value: String(100 + (number % 900)) },
    TotalAmt,
    TxnDate: '2026-01-05',
    PrivateNote: 'Card',
    DepositToAccountRef: { value: '35' },
    Line: [{ Amount: TotalAmt, LinkedTxn: [{ TxnId: String(2 * number + 1), TxnType: 'Invoice' }] }],
  });
}

function workPayload(facts: Order): WorkPayload {
  const { sourceNumber, totalMinor, number } = facts;
  const address = {
    firstName: 'Ann',
    lastName: `Lee ${number}`,
    company: '',
    line1: '1 Elm St',
    line2: '',
    city: 'Reno',
    state: 'NV',
    postcode: '89501',
    country: 'US',
  };
  const line = (index: number) => ({
    id: String(10 * number + index),
    name: `Mug – Blue ${index}`,
    productId: '88',
    variationId: '91',
    sku: `MUG-B${index}`,
    quantity: '1',
    subtotalMinor: 2000,
    totalMinor: 1800,
    totalTaxMinor: 144,
    taxes: [{ rateId: '1', amountMinor: 144 }],
  });
  const order: NonNullable<WorkPayload['order']> = {
    source: 'woo',
    id: sourceNumber,
    number: sourceNumber,
    status: 'processing',
    currency: 'USD',
    createdDate: '2026-01-05',
    paidDate: '2026-01-05',
    completedDate: null,
    modifiedAt: '2026-01-05T12:00:00Z',
    totalMinor: totalMinor ?? 0,
    totalTaxMinor: 328,
    buyer: { id: null, email: `ann${number}@example.com`, phone: '', billing: address, shipping: address },
    paymentMethod: 'stripe',
    paymentMethodTitle: 'Card',
    transactionId: `ch_${number}`,
    lines: [line(1), line(2)],
    fees: [],
    shipping: [
      { id: '1', name: 'Flat rate', totalMinor: 500, totalTaxMinor: 40, taxes: [{ rateId: '1', amountMinor: 40 }] },
    ],
    taxLines: [
      { rateId: '1', label: 'Tax', ratePercent: '8.25', compound: false, taxMinor: 288, shippingTaxMinor: 40 },
    ],
    couponCodes: [],
    refunds: [],
  };
  return { order };
}
