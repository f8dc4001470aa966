import { type Server, type ServerWritableStream, status as Code } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { Clock } from '@tillstream/kernel';
import { SYNC_SERVICE } from './access.js';

/** Of the whole server and of its service. */
const NAMES = ['', SYNC_SERVICE];
/** How often readiness is looked at while somebody watches it, milliseconds. */
const LOOK_EVERY_MS = 1_000;

type Watching = Pick<ServerWritableStream<unknown, unknown>, 'emit' | 'once'>;
type Handler = (call: Watching, callback: unknown) => void;
type Added = Parameters<Server['addService']>;

/** grpc.health.v1: what /health/ready says, asked for anew with every call. */
export class GrpcHealth {
  readonly #health = new HealthImplementation(statuses(false));
  readonly #watching = new Set<Watching>();
  #cancelTimer: (() => void) | undefined;
  #serving = false;
  #stopping = false;

  constructor(
    private readonly ready: () => boolean,
    private readonly clock: Clock,
  ) {}

  addToServer(server: Server): void {
    this.#health.addToServer({
      addService: (...[definition, handlers]) => {
        const { check, list, watch } = handlers as unknown as Record<'check' | 'list' | 'watch', Handler>;
        const added = { check: this.#fresh(check), list: this.#fresh(list), watch: this.#fresh(this.#watched(watch)) };
        server.addService(definition, added as unknown as Added[1]);
      },
    });
  }

  /** From now on NOT_SERVING; those that watch are told, then their calls end so that they look elsewhere. */
  stop(): void {
    this.#stopping = true;
    this.#cancelTimer?.();
    this.#look();
    for (const call of this.#watching) call.emit('error', { code: Code.UNAVAILABLE, details: 'stopping' });
    this.#watching.clear();
  }

  #fresh(handler: Handler): Handler {
    return (call, callback) => {
      this.#look();
      handler(call, callback);
    };
  }

  #watched(handler: Handler): Handler {
    return (call, callback) => {
      handler(call, callback);
      this.#watching.add(call);
      call.once('cancelled', () => this.#watching.delete(call));
      if (this.#watching.size === 1) this.#keepLooking();
    };
  }

  #keepLooking(): void {
    this.#cancelTimer?.();
    if (this.#watching.size === 0 || this.#stopping) return;
    this.#look();
    this.#cancelTimer = this.clock.setTimer(LOOK_EVERY_MS, () => this.#keepLooking());
  }

  #look(): void {
    const serving = !this.#stopping && this.ready();
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const [name, status] of Object.entries(statuses(serving))) this.#health.setStatus(name, status);
  }
}

function statuses(serving: boolean): Record<string, 'SERVING' | 'NOT_SERVING'> {
  return Object.fromEntries(NAMES.map((name) => [name, serving ? 'SERVING' : 'NOT_SERVING']));
}
