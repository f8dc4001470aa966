import { seededChance } from '../shared/faults.js';

/** What can go wrong between a client and a WordPress host. */
export type WooFaultKind =
  /** An HTML page of the host with `status` (502, 503, 429 …), `Retry-After` only when asked for. */
  | 'html'
  /** The answer comes `ms` later. */
  | 'delay'
  /** The socket is destroyed without an answer. */
  | 'reset'
  /** The first half of the JSON, status 200. */
  | 'truncatedJson'
  /** A PHP notice printed before the JSON. */
  | 'phpNotice'
  /** 200 without a body, as after a fatal error. */
  | 'empty';

/**
 * A rule fires on its `nth` match (1-based), on `every` n-th, with `probability` (repeatable from the seed), or always
 * when none is given; at most `times` times.
 */
export interface WooFaultRule {
  readonly id?: string;
  readonly method?: string;
  /** Regular expression over path and query string. */
  readonly path?: string;
  readonly nth?: number;
  readonly every?: number;
  readonly probability?: number;
  readonly times?: number;
  readonly kind: WooFaultKind;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Milliseconds of the sandbox's clock. */
  readonly ms?: number;
}

interface Armed {
  readonly id: string;
  readonly rule: WooFaultRule;
  readonly path: RegExp;
  matches: number;
  fired: number;
}

export class WooFaults {
  #armed: Armed[] = [];
  #nextId = 1;
  readonly #fired: {
    readonly id: string;
    readonly kind: WooFaultKind;
    readonly method: string;
    readonly path: string;
  }[] = [];

  constructor(
    private readonly seed: number,
    rules: readonly WooFaultRule[] = [],
  ) {
    for (const rule of rules) this.add(rule);
  }

  /** Arms a rule and returns its id; a malformed regular expression throws SyntaxError. */
  add(rule: WooFaultRule): string {
    const id = rule.id ?? `woo-fault-${this.#nextId++}`;
    this.#armed.push({ id, rule, path: new RegExp(rule.path ?? '', 'u'), matches: 0, fired: 0 });
    return id;
  }

  clear(): void {
    this.#armed = [];
  }

  get fired(): readonly {
    readonly id: string;
    readonly kind: WooFaultKind;
    readonly method: string;
    readonly path: string;
  }[] {
    return this.#fired;
  }

  /** The rules that fire for this request; call once per request, it counts. */
  decide(method: string, path: string): WooFaultRule[] {
    const firing = this.#armed.filter((armed) => {
      if (armed.rule.method !== undefined && armed.rule.method.toUpperCase() !== method) return false;
      if (!armed.path.test(path)) return false;
      armed.matches += 1;
      return this.#fires(armed);
    });
    for (const armed of firing) {
      armed.fired += 1;
      this.#fired.push({ id: armed.id, kind: armed.rule.kind, method, path });
    }
    return firing.map((armed) => armed.rule);
  }

  #fires({ id, rule, matches, fired }: Armed): boolean {
    if (rule.times !== undefined && fired >= rule.times) return false;
    if (rule.nth !== undefined && matches !== rule.nth) return false;
    if (rule.every !== undefined && matches % rule.every !== 0) return false;
    return rule.probability === undefined || seededChance(this.seed, id, matches) < rule.probability;
  }
}
