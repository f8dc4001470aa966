import type { FactsOf } from '@tillstream/contracts';
import { asError, type Clock, TillstreamError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { problemOf } from '@tillstream/quickbooks';
import { workId, type WorkState } from '../queue/work/index.js';
import { type Trail, trailOf } from '../company/company-port.js';
import { type SourceRecord, sourceNameOf, subjectOf } from '../delivery/deliver-record.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import type { DeliveryInput } from '../delivery/delivery-result.js';
import { DocNumberLookup } from '../knowledge/doc-numbers.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { Deferral, deferral, Hold } from '../company/trouble.js';
import { numberOf, planRecord } from './plan-record.js';
import { PlanSession } from './plan-session.js';
import type { PlanSource } from './planned-company.js';
import { HeldPlan, type RecordPlan } from './record-plan.js';

export interface RealmPlannerParts {
  readonly source: PlanSource;
  readonly works: { state(id: string): Promise<WorkState | null> };
  readonly clock: Clock;
  readonly logger: Logger;
  /** What planning a record of `source` needs; throws a Hold or Deferral when the company is not usable. */
  readonly envOf: (source: string, trail: Trail) => Promise<Omit<DeliveryEnv, 'company'>>;
  readonly knowledge: Knowledge;
  readonly reloadIfChanged: () => Promise<boolean>;
  /** How old remembered knowledge may be for a record to be held by it, ms. */
  readonly maxAgeMs: number;
  readonly docNumberMaxAgeMs: number;
  /** How long a dry run waits for trouble that passes, ms. */
  readonly patienceMs: number;
}

export interface PlanQuestion {
  readonly request: FactsOf<'PlanRequested'>;
  readonly record: SourceRecord;
}

type Answer = RecordPlan & { readonly remoteCalls: number };

/** A dry run that asks nothing for this long has ended or is gone. */
const IDLE_MS = 10 * 60_000;
const RETRY_MS = 2_000;
/** Answers kept per run: a batch that comes again is answered as before. */
const KEPT_ANSWERS = 1_000;

interface Run {
  readonly epoch: string;
  readonly session: PlanSession;
  readonly docNumbers: DocNumberLookup;
  readonly answers: Map<number, Answer>;
  upcoming: readonly string[];
  cancelTimer: () => void;
}

/** Plans for one company, one record after another, on the lane of the least urgent calls. Writes nothing anywhere. */
export class RealmPlanner {
  readonly #runs = new Map<string, Run>();
  /** Trouble outlasted the patience: the next records are asked once only, until one is answered. */
  #isImpatient = false;

  constructor(private readonly parts: RealmPlannerParts) {}

  async plan(questions: readonly PlanQuestion[], signal: AbortSignal): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const [index, question] of questions.entries()) {
      answers.push(await this.#answer(question, questions.slice(index + 1, index + 101), signal));
    }
    return answers;
  }

  stop(): void {
    for (const { cancelTimer } of this.#runs.values()) cancelTimer();
    this.#runs.clear();
  }

  async #answer(question: PlanQuestion, next: readonly PlanQuestion[], signal: AbortSignal): Promise<Answer> {
    const { syncId, ordinal } = question.request;
    const known = this.#runs.get(syncId)?.answers.get(ordinal);
    if (known) return known;
    const trail = trailOf('backfill');
    const plan = await this.#patiently(question, next, trail, signal);
    const answer = { ...plan, remoteCalls: trail.calls };
    this.#remember(syncId, ordinal, answer);
    return answer;
  }

  #remember(syncId: string, ordinal: number, answer: Answer): void {
    const answers = this.#runs.get(syncId)?.answers;
    if (!answers) return;
    answers.set(ordinal, answer);
    const [oldest] = answers.keys();
    if (answers.size > KEPT_ANSWERS && oldest !== undefined) answers.delete(oldest);
  }

  /** Trouble that passes is waited for, within bounds: a plan that never ends helps nobody. */
  async #patiently(
    question: PlanQuestion,
    next: readonly PlanQuestion[],
    trail: Trail,
    signal: AbortSignal,
  ): Promise<RecordPlan> {
    const { clock, patienceMs } = this.parts;
    const deadline = clock.monotonic() + (this.#isImpatient ? 0 : patienceMs);
    for (;;) {
      const plan = await this.#newest(question, next, trail);
      if (!(plan instanceof Waiting)) {
        this.#isImpatient = false;
        return plan;
      }
      const { until } = plan.deferral;
      const waitMs = typeof until === 'number' ? Math.max(0, until - clock.now()) : RETRY_MS;
      if (until === 'parked') return plan.held;
      if (clock.monotonic() + waitMs >= deadline) {
        this.#isImpatient = true;
        return plan.held;
      }
      await clock.sleep(waitMs, signal);
    }
  }

  /** B16: nobody is held by what was only remembered. */
  async #newest(question: PlanQuestion, next: readonly PlanQuestion[], trail: Trail): Promise<RecordPlan | Waiting> {
    const { knowledge, clock, maxAgeMs, reloadIfChanged } = this.parts;
    const used = knowledge.readTimes();
    const first = await this.#attempt(question, next, trail);
    if (first instanceof Waiting || first.action !== 'hold') return first;
    const isNews = (await reloadIfChanged()) || knowledge.isOutdated(first.reason ?? '', used, clock.now() - maxAgeMs);
    const last = isNews ? await this.#attempt(question, next, trail) : first;
    return last instanceof Waiting || last.action !== 'hold' ? last : { ...last, needs: union(first, last) };
  }

  async #attempt(question: PlanQuestion, next: readonly PlanQuestion[], trail: Trail): Promise<RecordPlan | Waiting> {
    const { request, record } = question;
    try {
      const env = await this.parts.envOf(sourceNameOf(record), trail);
      const run = this.#run(request.syncId, env);
      const prefix = env.settings.docNumberPrefix;
      run.upcoming = next.flatMap((each) => numberOf(each.record, prefix) ?? []);
      const { docNumbers, session } = run;
      return await planRecord(this.parts.source, session, { ...env, docNumbers }, record, await this.#inputOf(request));
    } catch (thrown) {
      return this.#heldBy(thrown, record);
    }
  }

  async #inputOf({ entity, sourceId, contentHash }: PlanQuestion['request']): Promise<DeliveryInput> {
    const { tenantId, realmId } = this.parts.source;
    const work = await this.parts.works.state(workId({ tenantId, realmId, entity, sourceId }));
    const { reportedDocuments = 0, knownHash = null } = work ?? {};
    return { reason: 'changed', contentHash, reportedDocuments, knownHash };
  }

  #heldBy(caught: unknown, record: SourceRecord): RecordPlan | Waiting {
    const until = caught instanceof HeldPlan ? caught : new HeldPlan(caught, 0, []);
    const { thrown } = until;
    if (thrown instanceof Hold) return held(thrown.problem, until);
    if (thrown instanceof Deferral) return new Waiting(thrown, held(thrown.problem, until));
    const error = asError(thrown);
    if (thrown instanceof TillstreamError && (thrown.family === 'transient' || thrown.family === 'conflict')) {
      const trouble = deferral('quickbooks_unavailable', error.message);
      return new Waiting(trouble, held(trouble.problem, until));
    }
    this.parts.logger.error({ subject: subjectOf(record), err: error }, 'planning broke');
    return held(problemOf('internal_error', `${subjectOf(record)}: ${error.message}`), until);
  }

  #run(syncId: string, env: Omit<DeliveryEnv, 'company'>): Run {
    const known = this.#runs.get(syncId);
    known?.cancelTimer();
    const run = known?.epoch === env.epoch ? known : this.#begin(env);
    run.cancelTimer = this.parts.clock.setTimer(IDLE_MS, () => this.#runs.delete(syncId));
    this.#runs.set(syncId, run);
    return run;
  }

  #begin(env: Omit<DeliveryEnv, 'company'>): Run {
    const { source, clock, docNumberMaxAgeMs } = this.parts;
    const run: Run = {
      epoch: env.epoch,
      session: new PlanSession(env),
      docNumbers: new DocNumberLookup(source.reader, clock, docNumberMaxAgeMs, (limit) => run.upcoming.slice(0, limit)),
      answers: new Map(),
      upcoming: [],
      cancelTimer: () => undefined,
    };
    return run;
  }
}

/** What an attempt planned before it was held is there for the next one, which does not plan it again. */
function union(...plans: readonly Pick<RecordPlan, 'needs'>[]): string[] {
  return [...new Set(plans.flatMap(({ needs }) => needs))].sort();
}

/** Trouble that may pass; `held` is the answer when it does not. */
class Waiting {
  constructor(
    readonly deferral: Deferral,
    readonly held: RecordPlan,
  ) {}
}

function held({ code, message }: { code: string; message: string }, { writes, needs }: HeldPlan): RecordPlan {
  return { action: 'hold', reason: code, message, predictedTotal: null, writes, needs: [...needs], diff: [] };
}
