// Each safeguard of the product, the edit that removes it, and the spec that must fail without it. `search` must occur
// exactly once in its file; `test` narrows the spec by name.
const effects = 'services/quickbooks-writer/src/ledger/perform-effect.ts';
const faults = 'services/quickbooks-writer/test/faults.component.spec.ts';
const order = 'services/quickbooks-writer/src/delivery/order/domain';
const runtime = 'libs/processor/src/aggregate-runtime.int.spec.ts';

export const GUARDS = [
  {
    name: 'requestid',
    edits: [
      {
        file: effects,
        search: '  const id = requestId;',
        replace: '  const id = `${requestId.slice(0, 20)}${performance.now()}`;',
      },
    ],
    spec: faults,
    test: 'request id: the resend',
  },
  {
    name: 'lookup-before-create',
    edits: [
      {
        file: effects,
        search: '  const found = await effect.find(state);',
        replace: '  const found = null as Awaited<ReturnType<typeof effect.find>>;',
      },
    ],
    spec: faults,
    test: 'requestid forgotten',
  },
  {
    name: 'settle-rule',
    edits: [
      {
        file: 'services/quickbooks-writer/src/ledger/domain/decide.ts',
        search: '  if (lookupBeganAtMs < state.settleAtMs) return [];',
        replace: '',
      },
    ],
    spec: faults,
    test: 'settle rule',
  },
  {
    name: 'outbox-reappend',
    edits: [
      {
        file: 'libs/processor/src/domain/loaded-document.ts',
        search: 'const unpublished = document.outboxPending; // GUARD(outbox-reappend)',
        replace: 'const unpublished = false;',
      },
    ],
    spec: runtime,
    test: 'GUARD outbox-reappend',
  },
  {
    name: 'nothing-on-old-state',
    edits: [
      {
        file: 'libs/processor/src/aggregate-runtime.ts',
        search: '      else if (remembered.has(id)) this.#cache.forget([id]);\n',
        replace: '',
      },
    ],
    spec: runtime,
    test: 'GUARD nothing-on-old-state',
  },
  {
    name: 'seq-check',
    edits: [
      {
        file: 'libs/processor/src/domain/apply-inputs.ts',
        search: 'if (source.seq <= lastSeen) return false; // GUARD(seq-check)',
        replace: '',
      },
    ],
    spec: runtime,
    test: 'GUARD seq-check',
  },
  {
    name: 'group-commit-fsync',
    edits: [
      {
        file: 'libs/sqlite/src/schema.ts',
        search: "db.pragma('synchronous = FULL'); // GUARD(group-commit-fsync)",
        replace: "db.pragma('synchronous = OFF');",
      },
    ],
    spec: 'libs/sqlite/src/group-commit.int.spec.ts',
    test: 'GUARD group-commit-fsync',
  },
  {
    name: 'version-check',
    edits: [
      {
        file: 'libs/processor/src/aggregate-runtime.ts',
        search: 'const expectedVersion = next.version; // GUARD(version-check)',
        replace: 'const expectedVersion = null;',
      },
    ],
    spec: runtime,
    test: 'GUARD version-check',
  },
  {
    name: 'single-flight-refresh',
    edits: [
      {
        file: 'services/quickbooks-writer/src/company/token-manager.ts',
        search: '    if (this.#refreshing) return this.#refreshing;',
        replace: '',
      },
    ],
    spec: 'services/quickbooks-writer/test/connection.component.spec.ts',
    test: 'single-flight refresh',
  },
  {
    name: 'refresh-claim',
    edits: [
      {
        file: 'services/quickbooks-writer/src/company/refresh-claims.ts',
        search: 'if (this.#heldFor(stored) > 0) return null; // GUARD(refresh-claim)',
        replace: '',
      },
    ],
    spec: 'services/quickbooks-writer/test/refresh-claim.component.spec.ts',
    test: 'refresh claim: ask for one',
  },
  {
    name: 'prediction-before-write',
    edits: [
      {
        file: 'libs/quickbooks/src/domain/plan-order.ts',
        search: 'if (fits) return null; // GUARD(prediction)',
        replace: 'return null;',
      },
    ],
    spec: 'libs/quickbooks/src/domain/plan-order.unit.spec.ts',
  },
  {
    name: 'prediction-after-write',
    edits: [
      {
        file: `${order}/correction.ts`,
        search: '  if (isSettled(document, entry)) return;',
        replace: "  if (entry.remote.id !== '') return;",
      },
    ],
    spec: faults,
    test: 'prediction',
  },
  {
    name: 'corrected-once',
    edits: [
      {
        file: `${order}/correction.ts`,
        search: "  return wasCorrected ? takeBack : 'update'; // GUARD(corrected-once)",
        replace: "  return 'update';",
      },
    ],
    spec: faults,
    test: 'takes the invoice back',
  },
  {
    name: 'look-before-create',
    edits: [
      {
        file: `${order}/reconcile.ts`,
        search: "    if (isUnresolved(entry)) yield { step: 'look', at: 'outcome', ref };",
        replace: '    if (entry.revision < 0) yield isUnresolved;',
      },
    ],
    spec: `${order}/reconcile.unit.spec.ts`,
    test: 'D13',
  },
  {
    name: 'duplicates-held',
    edits: [{ file: `${order}/reconcile.ts`, search: 'if (living.length > 1) {', replace: 'if (living.length > 9) {' }],
    spec: `${order}/reconcile.unit.spec.ts`,
    test: 'D14',
  },
  {
    name: 'nothing-of-a-held-order',
    edits: [
      {
        file: `${order}/reconcile.ts`,
        search: ', unedited, writable, documents];',
        replace: ', unedited, documents, writable];',
      },
    ],
    spec: `${order}/reconcile.unit.spec.ts`,
    test: 'B15|B4',
  },
  {
    name: 'taken-back-stays',
    edits: [
      {
        file: `${order}/creation.ts`,
        search: '  if (!entry?.remote || intent.isAsked || isOfAnotherVersion(document, entry)) return;',
        replace: '  if (entry !== undefined) return;',
      },
    ],
    spec: 'services/quickbooks-writer/test/books.component.spec.ts',
    test: 'insists on its own figure',
  },
  {
    name: 'ownership-marker',
    edits: [
      {
        file: 'libs/quickbooks/src/domain/identity.ts',
        search: "return markerOf(entity['PrivateNote']) === marker; // GUARD(ownership-marker)",
        replace: "return entity !== undefined && marker !== '';",
      },
    ],
    spec: 'services/quickbooks-writer/test/books.component.spec.ts',
    test: 'ownership marker',
  },
  {
    name: 'send-fence',
    edits: [{ file: effects, search: '    if (!lease.isFresh()) {', replace: '    if (lease.epoch < 0) {' }],
    spec: 'services/quickbooks-writer/test/crash.component.spec.ts',
    test: 'send fence',
  },
  {
    name: 'row-version',
    edits: [
      {
        file: 'libs/supabase/src/domain/schema/apply-function.ts',
        search: '        where t.source_version < excluded.source_version\n        returning',
        replace: '        where t.source_version <> excluded.source_version\n        returning',
      },
    ],
    spec: 'libs/supabase/src/routes/two-writers.prop.spec.ts',
    test: 'newest version',
  },
  {
    name: 'planned-needs-once',
    edits: [
      {
        file: 'services/orchestrator/src/domain/run-plan/decide.ts',
        search: '.filter((need) => state.needs[`${target}/${need}`] === undefined)',
        replace: '',
      },
    ],
    spec: 'services/orchestrator/src/domain/run-plan/run-plan.unit.spec.ts',
    test: 'counts what several records need once',
  },
  {
    name: 'rows-result-repeated',
    edits: [
      {
        file: 'services/orchestrator/src/domain/record/decide-result.ts',
        search: '(TARGET_RULES[target].remembersWork || isWithWriter(current))',
        replace: 'true',
      },
    ],
    spec: 'services/orchestrator/src/domain/record/mirror.unit.spec.ts',
    test: '',
  },
  {
    name: 'grpc-role',
    edits: [
      {
        file: 'services/query-api/src/grpc/gatekeeper.ts',
        search: '  if (needed === undefined || !roleSuffices(caller.role, needed)) throw roleTooLow(needed);',
        replace: '',
      },
    ],
    spec: 'services/query-api/test/grpc-access.component.spec.ts',
    test: 'answers its role',
  },
  {
    name: 'grpc-unlisted-method',
    edits: [
      {
        file: 'services/query-api/src/grpc/gatekeeper.ts',
        search: 'needed === undefined || !roleSuffices',
        replace: 'needed !== undefined && !roleSuffices',
      },
    ],
    spec: 'services/query-api/src/grpc/gatekeeper.int.spec.ts',
    test: 'declares no role',
  },
  {
    name: 'grpc-unary-limit',
    edits: [
      {
        file: 'services/query-api/src/grpc/gatekeeper.ts',
        search: 'NOTHING : limit(deps, finish)',
        replace: 'NOTHING : NOTHING',
      },
    ],
    spec: 'services/query-api/src/grpc/gatekeeper.int.spec.ts',
    test: 'without a deadline',
  },
  {
    name: 'grpc-unreadable-message',
    edits: [
      {
        file: 'services/query-api/src/grpc/service-definition.ts',
        search: '  } catch {\n',
        replace: '  } catch (error) {\n    if (error) throw error;\n',
      },
    ],
    spec: 'services/query-api/test/grpc-errors.component.spec.ts',
    test: 'cannot be read',
  },
  {
    name: 'grpc-whole-characters',
    edits: [{ file: 'services/query-api/src/grpc/status.ts', search: '.toWellFormed()', replace: '' }],
    spec: 'services/query-api/test/grpc-calls.component.spec.ts',
    test: 'one is tried again',
  },
  {
    name: 'grpc-newest-only',
    edits: [
      {
        file: 'services/query-api/src/grpc/watch/write-newest.ts',
        search: 'if (writing || subscriber.closed) return;',
        replace: 'if (subscriber.closed) return;',
      },
    ],
    spec: 'services/query-api/test/grpc-watch.component.spec.ts',
    test: 'keeps one state',
  },
  {
    name: 'grpc-late-read',
    edits: [
      {
        file: 'services/query-api/src/grpc/watch/followed-run.ts',
        search: 'if (!this.#closed) this.#tell(run);',
        replace: 'this.#tell(run);',
      },
    ],
    spec: 'services/query-api/src/grpc/watch/run-feed.unit.spec.ts',
    test: 'after everybody left',
  },
  {
    name: 'grpc-slow-look',
    edits: [
      {
        file: 'services/query-api/src/grpc/watch/followed-run.ts',
        search: '      if (!this.#closed) this.#schedule();\n',
        replace: '',
      },
    ],
    spec: 'services/query-api/test/grpc-watch.component.spec.ts',
    test: 'no event told of',
  },
  {
    name: 'grpc-deadline-ends-waiting',
    edits: [
      {
        file: 'services/query-api/src/outbox/await-events.ts',
        search: "        signal?.addEventListener('abort', onAbort, { once: true });\n",
        replace: '',
      },
    ],
    spec: 'services/query-api/test/grpc-errors.component.spec.ts',
    test: 'end the waiting',
  },
  {
    name: 'grpc-same-request',
    edits: [
      { file: 'services/query-api/src/runs/run-starter.ts', search: 'filters: sameTimes(filters)', replace: 'filters' },
    ],
    spec: 'services/query-api/test/grpc-calls.component.spec.ts',
    test: 'shares idempotency keys',
  },
  {
    name: 'grpc-stop-ends-watches',
    edits: [
      { file: 'services/query-api/src/grpc/grpc-server.ts', search: '    this.deps.feed.stop();\n', replace: '' },
    ],
    spec: 'services/query-api/test/grpc-watch.component.spec.ts',
    test: 'when the server stops',
  },
  {
    name: 'grpc-health-is-readiness',
    edits: [
      {
        file: 'services/query-api/src/grpc/health.ts',
        search: 'const serving = !this.#stopping && this.ready();',
        replace: 'const serving = !this.#stopping;',
      },
    ],
    spec: 'services/query-api/test/grpc-system.component.spec.ts',
    test: 'says of',
  },
];
