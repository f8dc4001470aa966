import { ManualClock } from '@tillstream/kernel';
import { vi } from 'vitest';
import { type CompanyOptions, QuickBooksSandbox, type QuickBooksSandboxOptions } from '../src/index.js';

export const REALM = '9130001';
export const APP = { clientId: 'client-1', clientSecret: 'secret-1' };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: TestBody;
}

/** Answers are read freely: a test names the path it looks at. */
export interface TestBody {
  readonly [key: string]: TestBody;
  readonly [index: number]: TestBody;
}

export type Body = Record<string, unknown>;

/** A sandbox with one company on a manual clock, and the smallest client that can talk to it. */
export class Bench {
  token = '';

  private constructor(
    readonly sandbox: QuickBooksSandbox,
    readonly clock: ManualClock,
  ) {}

  static async open(
    company: Partial<CompanyOptions> = {},
    options: Partial<QuickBooksSandboxOptions> = {},
  ): Promise<Bench> {
    const clock = new ManualClock();
    const limits = { perMinute: null, perSecond: null, inFlight: null };
    const sandbox = await QuickBooksSandbox.start({
      clock,
      app: APP,
      companies: [{ realmId: REALM, country: 'US', limits, ...company }],
      ...options,
    });
    const bench = new Bench(sandbox, clock);
    bench.token = sandbox.control.issueAccessToken(REALM);
    return bench;
  }

  get control() {
    return this.sandbox.control;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(`${this.sandbox.apiBaseUrl}/v3/company/${REALM}/${path}`, {
      method,
      ...(signal ? { signal } : {}),
      headers: {
        authorization: `Bearer ${this.token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
    return this.call('POST', path, body, {}, signal);
  }

  /** Until a request sleeps inside the sandbox. */
  async running(): Promise<void> {
    await vi.waitUntil(() => this.clock.nextTimerAt() !== undefined);
  }

  /** Until the sandbox has nothing left to do. */
  async idle(): Promise<void> {
    await this.inFlight(0);
  }

  async inFlight(count: number): Promise<void> {
    await vi.waitUntil(() => this.control.stats(REALM).inFlight === count);
  }

  /** Until the sandbox noticed that callers are gone. */
  async hungUp(): Promise<void> {
    await vi.waitUntil(() => this.control.stats(REALM).hungUp > 0);
  }

  query(text: string): Promise<Answer> {
    return this.get(`query?query=${encodeURIComponent(text)}`);
  }

  /** Posts and expects success; returns the object inside the envelope. */
  async make(entity: string, body: Body): Promise<TestBody> {
    const answer = await this.post(entity, body);
    const [first] = Object.values(answer.body);
    if (answer.status !== 200 || first === undefined) throw new Error(`${entity}: ${answer.text}`);
    return first;
  }

  /** Posts and returns the first error of the Fault, with the HTTP status. */
  async refusal(
    entity: string,
    body: unknown,
  ): Promise<{ status: number; code: unknown; Message: unknown; Detail: unknown }> {
    const { status, body: answer, text } = await this.post(entity, body);
    const error = answer.Fault?.Error?.[0] as unknown as
      | { code: unknown; Message: unknown; Detail: unknown }
      | undefined;
    if (!error) throw new Error(`no Fault in ${text}`);
    return { status, code: error.code, Message: error.Message, Detail: error.Detail };
  }

  async tokens(form: Record<string, string>, app = APP): Promise<Answer> {
    const response = await fetch(this.sandbox.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }

  /** A customer, an item and what an invoice for it needs. */
  async basics(): Promise<{ customer: string; item: string }> {
    const customer = await this.make('customer', { DisplayName: 'Ada Byron' });
    const income = this.control.ledger(REALM).accounts.find((account) => account.AccountType === 'Income');
    const item = await this.make('item', {
      Name: 'Mug',
      Type: 'NonInventory',
      IncomeAccountRef: { value: income?.Id },
    });
    return { customer: text(customer.Id), item: text(item.Id) };
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

/** A leaf of an answer as text. */
export function text(value: unknown): string {
  return String(value);
}

function parsed(body: string): TestBody {
  try {
    return JSON.parse(body) as TestBody;
  } catch {
    return {};
  }
}

export interface LineOptions {
  readonly amount: number;
  readonly item: string;
  readonly tax?: string;
  readonly qty?: number;
  readonly price?: number;
}

export function line({ amount, item, tax, qty, price }: LineOptions): Body {
  return {
    DetailType: 'SalesItemLineDetail',
    Amount: amount,
    SalesItemLineDetail: {
      ItemRef: { value: item },
      ...(qty === undefined ? {} : { Qty: qty }),
      ...(price === undefined ? {} : { UnitPrice: price }),
      ...(tax === undefined ? {} : { TaxCodeRef: { value: tax } }),
    },
  };
}
