/**
 * Faults a sandbox can be told to have, by rule and by seed. One vocabulary for every remote: a kind that makes no
 * sense for a request (a requestid on a shop, say) is simply never acted on.
 */
export const FAULT_KINDS = [
  /** Does the work, then destroys the socket: the caller cannot know the outcome. */
  'dropReplyAfterCommit',
  /** Destroys the socket before doing anything. */
  'resetBeforeCommit',
  /** Waits `ms`. Before the commit (default) a caller that hangs up meanwhile cancels the work; with `when: 'afterCommit'` it does not. */
  'delay',
  /** The work commits `ms` later although the caller may be long gone. */
  'stillRunning',
  /** Answers `status` with `body`; with `when: 'afterCommit'` the work was done nevertheless. */
  'status',
  /** Does the work, then sends the first half of the JSON. */
  'truncatedJson',
  /** Does the work, then sends 200 without a body. */
  'emptyOk',
  /** Sends 200 with a Fault (code 6190); nothing is done. */
  'okWithFault',
  /** Sends 200 with an HTML page; nothing is done unless `when: 'afterCommit'`. */
  'okWithHtml',
  /** Does the work, then wraps the answer as another entity. */
  'wrongEntity',
  /** Somebody else changes the object right before this update, so that its SyncToken is stale. */
  'staleSyncToken',
  /** Every access token of the realm expires right before this request. */
  'expireToken',
  /** Token endpoint: rotates the refresh token and loses the reply. */
  'rotateAndLoseReply',
  /** This request's requestid is neither looked up nor remembered. */
  'forgetRequestId',
  /** Books `offsetMinor` (default 1) more tax than it should, once. */
  'wrongTotal',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultMatch {
  readonly method?: string;
  /** Regular expression over path and query string. */
  readonly path?: string;
  readonly bodyIncludes?: string;
}

/**
 * When a request matches, the rule fires on its `nth` match (1-based), on `every` n-th match, with `probability`
 * (drawn from the seed, the rule and the match's number, so a run can be repeated), or always when none is given; at
 * most `times` times.
 */
export interface FaultRule {
  readonly id?: string;
  readonly match?: FaultMatch;
  readonly nth?: number;
  readonly every?: number;
  readonly probability?: number;
  readonly times?: number;
  readonly kind: FaultKind;
  /** Milliseconds of the sandbox's clock for `delay` and `stillRunning`. */
  readonly ms?: number;
  readonly when?: 'beforeCommit' | 'afterCommit';
  readonly status?: number;
  readonly body?: 'fault' | 'html' | 'xml' | 'empty';
  /**
   * Supabase: SQLSTATE or PGRST code of the error in place of the work; its HTTP status follows unless given. PGRST205
   * stands for a schema cache that lags behind: PGRST205 for a table, PGRST202 for a function.
   */
  readonly code?: string;
  readonly retryAfterSeconds?: number;
  readonly offsetMinor?: number;
}

export interface FaultRequest {
  readonly method: string;
  /** Path with query string. */
  readonly path: string;
  readonly body: string;
}

export interface FiredFault {
  readonly ruleId: string;
  readonly kind: FaultKind;
  readonly method: string;
  readonly path: string;
  readonly at: number;
}

interface ActiveRule {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  matches: number;
  fired: number;
}

/** A number in [0, 1) that depends on nothing but its inputs (FNV-1a, then a mixer). */
export function seededChance(seed: number, key: string, index: number): number {
  let hash = 2166136261 ^ seed;
  for (const character of `${key}#${index}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

export class FaultInjector {
  readonly #seed: number;
  readonly #now: () => number;
  readonly #fired: FiredFault[] = [];
  #rules: ActiveRule[] = [];
  #nextId = 1;

  constructor(options: { rules?: readonly FaultRule[]; seed?: number; now: () => number }) {
    this.#seed = options.seed ?? 1;
    this.#now = options.now;
    for (const rule of options.rules ?? []) this.add(rule);
  }

  /**
   * Adds a rule and returns its id. Throws a RangeError for an unknown kind (a typo would silently do nothing) and a
   * SyntaxError when `match.path` is no regular expression.
   */
  add(rule: FaultRule): string {
    if (!FAULT_KINDS.includes(rule.kind)) throw new RangeError(`no fault kind ${String(rule.kind)}`);
    const id = rule.id ?? `fault-${this.#nextId++}`;
    const path = rule.match?.path === undefined ? undefined : new RegExp(rule.match.path, 'u');
    this.#rules.push({ id, rule, path, matches: 0, fired: 0 });
    return id;
  }

  /** Removes one rule, or all; what already fired stays on record. */
  clear(id?: string): void {
    this.#rules = id === undefined ? [] : this.#rules.filter((active) => active.id !== id);
  }

  /** The rules that fire for this request. Counts the match, so call it once per request. */
  decide(request: FaultRequest): readonly FaultRule[] {
    const firing: FaultRule[] = [];
    for (const active of this.#rules) {
      if (!matches(active, request)) continue;
      active.matches += 1;
      if (!this.#fires(active)) continue;
      active.fired += 1;
      firing.push(active.rule);
      this.#fired.push({
        ruleId: active.id,
        kind: active.rule.kind,
        method: request.method,
        path: request.path,
        at: this.#now(),
      });
    }
    return firing;
  }

  /** Every fault that happened so far, oldest first. */
  get fired(): readonly FiredFault[] {
    return this.#fired;
  }

  get rules(): readonly (FaultRule & { id: string; matches: number; fired: number })[] {
    return this.#rules.map(({ id, rule, matches, fired }) => ({ ...rule, id, matches, fired }));
  }

  #fires(active: ActiveRule): boolean {
    const { rule, matches, fired, id } = active;
    if (rule.times !== undefined && fired >= rule.times) return false;
    if (rule.nth !== undefined && matches !== rule.nth) return false;
    if (rule.every !== undefined && matches % rule.every !== 0) return false;
    return rule.probability === undefined || seededChance(this.#seed, id, matches) < rule.probability;
  }
}

function matches({ rule, path }: ActiveRule, request: FaultRequest): boolean {
  const { method, bodyIncludes } = rule.match ?? {};
  if (method !== undefined && method.toUpperCase() !== request.method) return false;
  if (path !== undefined && !path.test(request.path)) return false;
  return bodyIncludes === undefined || request.body.includes(bodyIncludes);
}

/** The first fired rule of that kind (and, when asked, of that moment). */
export function firedOf(
  fired: readonly FaultRule[],
  kind: FaultKind,
  when?: 'beforeCommit' | 'afterCommit',
): FaultRule | undefined {
  return fired.find((rule) => rule.kind === kind && (when === undefined || (rule.when ?? 'beforeCommit') === when));
}
