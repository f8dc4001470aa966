import { TransientError } from '@tillstream/kernel';

export interface ApiAnswer<T> {
  readonly status: number;
  readonly body: T;
}

export interface RunView {
  readonly syncId: string;
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly perTarget: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly remoteCalls: Readonly<Record<string, number>>;
  readonly errors: readonly { readonly code: string; readonly message: string; readonly entityId: string }[];
}

export interface FailureView {
  readonly id: string;
  readonly entity: string;
  readonly target: string;
  readonly entityId: string;
  readonly sourceNumber: string;
  readonly code: string;
  readonly category: string;
  readonly message: string;
  readonly action: string;
  readonly state: string;
}

/** The REST API as a person with an admin key uses it: demo, crash matrix and benchmarks come in through this door. */
export class ApiClient {
  constructor(
    private readonly baseUrl: string,
    private readonly key: string,
  ) {}

  /** Throws `api_unreachable` when no answer came; an error answer is an answer. */
  async call<T>(method: string, path: string, body?: unknown): Promise<ApiAnswer<T>> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.key}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(`${this.baseUrl}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as T };
    } catch (cause) {
      throw new TransientError('api_unreachable', `${method} ${path} got no answer`, { cause });
    }
  }

  /** The body of an answer that must have one of `expected` statuses; else throws `api_unexpected` with the problem. */
  async expect<T>(expected: readonly number[], method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    if (!expected.includes(answer.status)) {
      throw new TransientError(
        'api_unexpected',
        `${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
    }
    return answer.body;
  }

  run(syncId: string): Promise<RunView> {
    return this.expect<RunView>([200], 'GET', `/api/sync/status/${syncId}`);
  }

  /** Sum of a counter over those of its lines that do not contain `except`. */
  async counter(name: string, except: string): Promise<number> {
    const text = await (await fetch(`${this.baseUrl}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && !line.includes(except))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  /** Every failure in one of `states`, those that another one causes included, all pages. */
  async failures(states: readonly string[]): Promise<FailureView[]> {
    const found: FailureView[] = [];
    for (const state of states) {
      let cursor: string | null = '';
      while (cursor !== null) {
        const query = `state=${state}&causedBy=any&limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page: { items: FailureView[]; nextCursor: string | null } = await this.expect(
          [200],
          'GET',
          `/api/sync/failures?${query}`,
        );
        found.push(...page.items);
        cursor = page.nextCursor;
      }
    }
    return found;
  }
}

const FINAL = new Set(['completed', 'completed_with_errors', 'failed', 'cancelled']);

export function isFinal(run: Pick<RunView, 'status'>): boolean {
  return FINAL.has(run.status);
}

/** `woo:1042` -> `1042`. */
export function bareId(sourceId: string): string {
  return sourceId.slice(sourceId.indexOf(':') + 1);
}
