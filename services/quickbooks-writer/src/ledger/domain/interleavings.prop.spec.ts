import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectCommand } from './commands.js';
import { decideEffect } from './decide.js';
import type { EffectEvent } from './events.js';
import { evolveEffect } from './evolve.js';
import { type EffectState, initialEffect } from './state.js';

/**
 * A remote that either forgets request ids and finishes each request within its deadline, or honours them and takes as
 * long as it likes, a writer that crashes anywhere, orders that change, and look-ups at any time: whatever the
 * interleaving, no two documents and no new revision from doubt (I2).
 */
const identity = { tenantId: 't', realmId: 'r', epoch: '1', kind: 'invoice', sourceId: 'woo:1' } as const;
const DEADLINE = 100;
const MARGIN = 10;

type Step =
  | { readonly do: 'send'; readonly body: 'a' | 'b'; readonly takes: number }
  | { readonly do: 'reply' }
  | { readonly do: 'loseReply' }
  | { readonly do: 'refuse' }
  | { readonly do: 'lookup' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    body: fc.constantFrom('a' as const, 'b' as const),
    /** In hundredths of the deadline, or of five of them where request ids are honoured. */
    takes: fc.integer({ min: 0, max: 100 }),
  }),
  fc.constant({ do: 'reply' as const }),
  fc.constant({ do: 'loseReply' as const }),
  fc.constant({ do: 'refuse' as const }),
  fc.constant({ do: 'lookup' as const }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 150 }) }),
);

class World {
  now = 0;
  state: EffectState = initialEffect(identity);
  readonly events: EffectEvent[] = [];
  /** Documents the remote will hold from the given time on. */
  readonly documents: { readonly id: string; readonly requestId: string; readonly from: number }[] = [];
  #running: { repeat: boolean; answerAt: number; id: string; revision: number } | null = null;

  constructor(private readonly remote: 'forgets' | 'honours') {}

  run(next: Step): void {
    switch (next.do) {
      case 'wait':
        this.now += next.ms;
        return;
      case 'send':
        return this.#send(next.body, next.takes);
      case 'refuse':
        return this.#refuse();
      case 'reply':
        return this.#reply();
      case 'loseReply':
        if (this.#running) this.#decide({ type: 'MarkUnknown', revision: this.#running.revision, reason: 'reset' });
        this.#running = null;
        return;
      case 'lookup':
        return this.#lookup();
    }
  }

  #send(body: string, takes: number): void {
    const claimed = this.#decide({
      type: 'Intend',
      operation: 'create',
      body,
      predictedTotalMinor: null,
      sourceHash: null,
      requestIdOf: (revision) => `${revision}`,
      ownerEpoch: 1,
      requestDeadlineMs: DEADLINE,
      settleMarginMs: MARGIN,
    });
    if (!claimed) return;
    const { revision, requestId } = this.state;
    const first = this.documents.find((document) => document.requestId === requestId);
    if (this.remote === 'honours' && first) {
      this.#running = { repeat: true, answerAt: Math.max(this.now, first.from), id: first.id, revision };
      return;
    }
    const id = `doc-${this.documents.length + 1}`;
    const from = this.now + (takes / 100) * (this.remote === 'honours' ? 5 * DEADLINE : DEADLINE);
    this.documents.push({ id, requestId, from });
    this.#running = { repeat: false, answerAt: from, id, revision };
  }

  #refuse(): void {
    // A remote that honours ids answers a repeat with the first one's result, never with a refusal of its own.
    if (!this.#running || this.#running.repeat || this.now > this.#running.answerAt) return;
    const { id, revision } = this.#running;
    this.documents.splice(
      this.documents.findIndex((document) => document.id === id),
      1,
    );
    this.#decide({ type: 'Reject', revision, code: 'quickbooks_rejected', remote: null });
    this.#running = null;
  }

  #reply(): void {
    if (!this.#running) return;
    this.now = Math.max(this.now, this.#running.answerAt);
    this.#decide({ type: 'Confirm', revision: this.#running.revision, remote: remote(this.#running.id), by: 'reply' });
    this.#running = null;
  }

  #lookup(): void {
    const found = this.documents.find(({ from }) => from <= this.now);
    if (found) {
      this.#decide({ type: 'Confirm', revision: this.state.revision, remote: remote(found.id), by: 'lookup' });
    } else {
      this.#decide({ type: 'ProveAbsent', revision: this.state.revision, lookupBeganAtMs: this.now });
    }
  }

  #decide(command: EffectCommand): boolean {
    const events = decideEffect(command, this.state, this.now);
    this.events.push(...events);
    this.state = events.reduce(evolveEffect, this.state);
    return events.length > 0;
  }
}

const remote = (id: string) => ({
  id,
  syncToken: '0',
  docNumber: null,
  totalMinor: null,
  taxMinor: null,
  currency: null,
});

describe('effect ledger under any interleaving', () => {
  it.each(['forgets', 'honours'] as const)(
    'leaves at most one document at a remote that %s request ids (I2)',
    (remote) => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
          const world = new World(remote);
          for (const next of steps) world.run(next);
          expect(world.documents.length).toBeLessThanOrEqual(1);
        }),
        { numRuns: 2_000 },
      );
    },
  );

  it('confirms each revision at most once and starts none from an unresolved one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World('forgets');
        for (const next of steps) world.run(next);
        const confirmed = world.events.filter(({ type }) => type === 'EffectConfirmed').map(({ facts }) => facts);
        expect(new Set(confirmed.map((facts) => 'revision' in facts && facts.revision)).size).toBe(confirmed.length);
        let previous: EffectEvent | undefined;
        for (const event of world.events) {
          if (event.type === 'EffectIntended' && previous) expectLegalIntent(event, previous);
          previous = event;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('state is the fold of its events (I5)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World('forgets');
        for (const next of steps) world.run(next);
        expect(world.events.reduce(evolveEffect, initialEffect(identity))).toEqual(world.state);
      }),
    );
  });
});

function expectLegalIntent(event: Extract<EffectEvent, { type: 'EffectIntended' }>, previous: EffectEvent): void {
  expect(['EffectRejected', 'EffectProvenAbsent', 'EffectConfirmed']).toContain(previous.type);
  const provenAbsent = previous.type === 'EffectProvenAbsent' ? previous.facts.revision : event.facts.revision;
  expect(event.facts.revision).toBe(provenAbsent);
}
