import type { ProblemCodeName, RemoteError } from '@tillstream/contracts';
import { TillstreamError } from '@tillstream/kernel';

/** What was said, by PostgreSQL, PostgREST, the gateway or nobody. */
export interface RefusalFacts {
  /** SQLSTATE or PGRSTnnn; null when none was given (gateway, HTML, lost connection). */
  readonly code: string | null;
  /** null on the direct route. */
  readonly httpStatus: number | null;
  readonly message: string;
}

/**
 * - `again`    a conflict with another session: the same batch once more, now
 * - `smaller`  too much for one statement: half of it
 * - `later`    the project is not usable just now
 * - `held`     somebody has to do something; all work of the project waits for it
 * - `rejected` the batch will never be taken as it is: alone, the record is refused for good
 */
export type FailureKind = 'again' | 'smaller' | 'later' | 'held' | 'rejected';
export interface Classified {
  readonly kind: FailureKind;
  readonly problem: ProblemCodeName;
}

const UNAVAILABLE: Classified = { kind: 'later', problem: 'supabase_unavailable' };
const MISSING: Classified = { kind: 'held', problem: 'supabase_schema_missing' };
const DENIED: Classified = { kind: 'held', problem: 'supabase_access_denied' };
const REJECTED: Classified = { kind: 'rejected', problem: 'row_rejected' };
const AGAIN: Classified = { kind: 'again', problem: 'supabase_unavailable' };
const SMALLER: Classified = { kind: 'smaller', problem: 'supabase_unavailable' };

/** First match wins. Patterns are prefixes of the code. */
const BY_CODE: readonly (readonly [RegExp, Classified])[] = [
  [/^57014/, SMALLER],
  [/^(40001|40P01|55P03)/, AGAIN],
  [/^(42P01|42883|42703|3F000|PGRST106|PGRST202|PGRST204|PGRST205)/, MISSING],
  [/^(42501|28|0L|0P|3D000|PGRST30[0-3])/, DENIED],
  [/^(08|53|57|55|58|25|XX|40|PGRST00)/, UNAVAILABLE],
  [/^(21|22|23|42|44|54|P0|27|38|39|PGRST1|PGRST2)/, REJECTED],
];

/** Cut where it is read: what a person needs of a refusal, and of its code. */
const MOST_TEXT = 300;
const MOST_CODE = 40;

/** Code before status: behind 500 stand a timeout (smaller batch), a deadlock (again) and a double key (never). */
export function classifyRefusal({ code, httpStatus, message }: RefusalFacts): Classified {
  if (code === '22023' && /role .{1,100} does not exist/i.test(message.slice(0, MOST_TEXT))) return DENIED;
  const known = code === null ? undefined : BY_CODE.find(([pattern]) => pattern.test(code));
  return known?.[1] ?? byStatus(httpStatus);
}

function byStatus(status: number | null): Classified {
  if (status === 401 || status === 403) return DENIED;
  if (status === 413) return SMALLER;
  return UNAVAILABLE;
}

/** A call to Supabase that did not do what it should; `message` never has row contents or credentials. */
export class SupabaseFailure extends TillstreamError {
  readonly kind: FailureKind;
  readonly problem: ProblemCodeName;

  constructor(
    classified: Classified,
    message: string,
    readonly remote: RemoteError | null,
  ) {
    const passes = classified.kind !== 'held' && classified.kind !== 'rejected';
    super(passes ? 'transient' : 'permanent', classified.problem, message, {
      detail: { kind: classified.kind, ...remote },
    });
    this.kind = classified.kind;
    this.problem = classified.problem;
  }
}

export function refusal(facts: RefusalFacts): SupabaseFailure {
  const message = facts.message.slice(0, MOST_TEXT);
  const code = facts.code?.slice(0, MOST_CODE) ?? null;
  const remote: RemoteError = {
    ...(facts.httpStatus !== null && { httpStatus: facts.httpStatus }),
    ...(code !== null && { faultCode: code }),
    faultDetail: message,
  };
  const said = code === null ? message : `${message} (${code})`;
  return new SupabaseFailure(classifyRefusal(facts), said, remote);
}
