import { TOPICS } from '@tillstream/contracts';
import { rebuildStates, type StateDocument } from '@tillstream/processor';
import { afterEach, describe, expect, it } from 'vitest';
import { effectLedger } from '../src/ledger/domain/index.js';
import { quickbooksWork } from '../src/queue/work/index.js';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';
import { makeCustomer, makeProduct } from './records.js';

let harness: Harness;
afterEach(() => harness.close());

const TOPIC_NAMES = [TOPICS.events.name, TOPICS.results.name];

async function stored(collection: string): Promise<ReadonlyMap<string, unknown>> {
  const { items } = await harness.storage.store.find<StateDocument<unknown>>(collection, { limit: 1000 });
  return new Map(items.map(({ id, doc }) => [id, doc.state]));
}

describe('state is the fold of what was published (I5)', () => {
  it('of ledger and work, after losses, refusals, holds and corrections', async () => {
    harness = await Harness.start();
    harness.control.seed('9130001', { Vendor: [{ DisplayName: 'Ann Baker' }] });
    for (const kind of ['dropReplyAfterCommit', 'wrongTotal', 'truncatedJson'] as const) {
      harness.control.addFault({ kind, match: { method: 'POST', path: '/invoice\\?' }, probability: 0.3 });
    }
    const orders = Array.from({ length: 12 }, (_unused, index) =>
      makeOrder(`${4000 + index}`, index === 3 ? { currency: 'EUR' } : {}),
    );
    await harness.send(orders);
    await harness.settled(orders.map(({ id }) => `woo:${id}`));
    // Customers and products too, changed and edited by a person meanwhile.
    harness.control.addFault({
      kind: 'dropReplyAfterCommit',
      match: { path: '/(customer|item)\\?' },
      probability: 0.5,
    });
    const first = await harness.deliverRecord({ customer: makeCustomer() });
    await harness.deliverRecord({ customer: makeCustomer('7', { phone: '555 0100' }) });
    await harness.deliverRecord({ product: makeProduct('89', { sku: 'OTHER', name: 'Other' }) });
    harness.control.editAsPerson('9130001', 'Customer', first.documents[0]?.remoteId ?? '', { GivenName: 'X' });
    const edited = await harness.deliverRecord({ customer: makeCustomer('7', { phone: '555 0199' }) });
    expect(edited.problem?.code).toBe('edited_in_quickbooks');
    await harness.writer.stop();
    const { log } = harness.storage;
    const ledger = await rebuildStates(effectLedger, log, TOPIC_NAMES);
    const works = await rebuildStates(quickbooksWork, log, TOPIC_NAMES);
    expect(new Map([...ledger].map(([id, { state }]) => [id, state]))).toEqual(await stored(effectLedger.name));
    expect(new Map([...works].map(([id, { state }]) => [id, state]))).toEqual(await stored(quickbooksWork.name));
    expect(ledger.size).toBeGreaterThan(12);
    expect(works.size).toBe(14);
  });
});
