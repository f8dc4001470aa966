import {
  type Metadata,
  status as Code,
  type ServerInterceptingCallInterface,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { roleSuffices, roleTooLow } from '../http/access.js';
import { ApiProblem } from '../http/problem.js';
import type { Caller, Keys } from '../keys/keys.js';
import { needsKey, roleFor } from './access.js';
import { admit, CallEnd } from './call-context.js';
import type { CallMetrics } from './call-metrics.js';
import { statusOf } from './errors.js';
import { type CallStatus, toCallStatus } from './status.js';

export interface GatekeeperDeps {
  readonly keys: Keys;
  readonly metrics: CallMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How long a unary call without a deadline may take, milliseconds. */
  readonly unaryLimitMs: number;
}

/**
 * Stands before every call: checks key and role while the message is still unread, ends unary calls that took too long,
 * tells the handler when nobody waits any more, and measures. grpc-js itself ends a call at its deadline.
 */
export function gatekeeper(deps: GatekeeperDeps): ServerInterceptor {
  return ({ path, responseStream }, call) => {
    const end = deps.metrics.begin(path);
    const over = new CallEnd();
    const finish = (status: CallStatus): void => {
      end(status.code);
      call.sendStatus(status);
    };
    const cancelLimit = responseStream || call.getDeadline() !== Infinity ? NOTHING : limit(deps, finish);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, letIn) => {
            void enter(deps, path, metadata, over).then(
              () => letIn(metadata),
              (thrown: unknown) => finish(statusOf(thrown, path, deps.logger)),
            );
          },
          onReceiveMessage: (message, next) => next(message),
          onReceiveHalfClose: (next) => next(),
          onCancel: () => {
            cancelLimit();
            end(codeOfLoss(call));
            over.tell();
          },
        }),
      sendStatus: (status, next) => {
        cancelLimit();
        end(status.code ?? Code.UNKNOWN);
        next(status);
      },
    });
  };
}

const NOTHING = (): void => {};

async function enter(deps: GatekeeperDeps, path: string, metadata: Metadata, over: CallEnd): Promise<void> {
  if (!needsKey(path)) return;
  const caller = await authenticated(deps.keys, metadata);
  const needed = roleFor(path);
  if (needed === undefined || !roleSuffices(caller.role, needed)) throw roleTooLow(needed);
  admit(metadata, caller, over);
}

async function authenticated(keys: Keys, metadata: Metadata): Promise<Caller> {
  const sent = metadata.get('authorization');
  // Several keys in one call: nobody can say which one is meant.
  return keys.authenticate(sent.length === 1 ? String(sent[0]) : undefined);
}

/** A client that left, or the end of its deadline: grpc-js tells both alike. */
function codeOfLoss(call: ServerInterceptingCallInterface): Code {
  return Number(call.getDeadline()) <= Date.now() ? Code.DEADLINE_EXCEEDED : Code.CANCELLED;
}

function limit({ clock, unaryLimitMs }: GatekeeperDeps, finish: (status: CallStatus) => void): () => void {
  return clock.setTimer(unaryLimitMs, () => {
    const problem = new ApiProblem('deadline_exceeded', `The call took longer than ${unaryLimitMs / 1_000} s.`);
    finish(toCallStatus(problem));
  });
}
