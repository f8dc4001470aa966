import { Socket } from 'node:net';
import type { Clock } from '@tillstream/kernel';
import { buildConnector } from 'undici';
import { publicLookup } from './target-guard.js';

/** The connection was not there in time; code as the operating system names it. */
class ConnectTimedOut extends Error {
  readonly code = 'ETIMEDOUT';
}

export interface ConnectorOptions {
  readonly clock: Clock;
  readonly allowPrivateTargets: boolean;
  /** Milliseconds of the clock for name lookup, TCP and TLS together. */
  readonly connectTimeoutMs: number;
}

/**
 * undici's connector with the address guard and our own clock. Its own timeout is off: it would run on wall time while
 * product and sandboxes share a scaled clock (D16).
 */
export function createConnector({ clock, allowPrivateTargets, connectTimeoutMs }: ConnectorOptions) {
  const connect = buildConnector({
    timeout: 0,
    allowH2: false,
    ...(!allowPrivateTargets && { lookup: publicLookup }),
  });

  return (options: buildConnector.Options, callback: buildConnector.Callback): void => {
    let settled = false;
    const settle: buildConnector.Callback = (...outcome) => {
      if (settled) return;
      settled = true;
      cancelTimer();
      callback(...outcome);
    };
    // Typed void by undici, but it does return the socket, which has to die with the attempt.
    const socket: unknown = connect(options, settle);
    const cancelTimer = clock.setTimer(connectTimeoutMs, () => {
      settle(new ConnectTimedOut('no connection in time'), null);
      if (socket instanceof Socket) socket.destroy();
    });
  };
}
