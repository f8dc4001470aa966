import path from 'node:path';
import { PermanentError, TransientError } from '@tillstream/kernel';
import { backoffCeiling } from '@tillstream/resilience';
import { type ProductProcess, type ReadyLine, startProcess } from '../supervised/process.js';
import { pause } from '../supervised/through-deaths.js';
import type { ChildOptions } from './child-options.js';
import { SERVICES, type ServiceName } from './roster.js';

export interface FleetOptions {
  /** Environment of every service. */
  readonly env: Readonly<Record<string, string>>;
  /** Left out: the services' own mains, as in containers. */
  readonly child?: ChildOptions;
  /** Processes per service (default 1). */
  readonly replicas?: number;
  /** What they say on stderr goes to ours (default no). */
  readonly tell?: boolean;
}

export interface Member {
  readonly service: ServiceName;
  readonly replica: number;
  readonly process: ProductProcess;
  readonly ready: ReadyLine;
}

interface Slot {
  readonly service: ServiceName;
  readonly replica: number;
  process: ProductProcess | undefined;
  member: Member | undefined;
  /** Started again when it ends. */
  wanted: boolean;
  /** What it said when it ended before it was ready, time after time. */
  lastWords: string;
  futile: number;
}

const FOLDER = path.join(import.meta.dirname.replace(/\/standalone\/.*$/, '/standalone/dist/'), 'src/distributed');
const RESTART = { baseMs: 100, maxMs: 30_000 };
/** A process that lived that long did not fail at its start. */
const LIVED_MS = 30_000;
/** A process that ended that often before it was ready says why; starting it again does not mend it. */
const FUTILE_STARTS = 3;
const LOOK_EVERY_MS = 25;
const READY_MS = 60_000;

/**
 * All services of the distributed profile as processes of this machine, each started again when it dies: what Kubernetes
 * would do. For `npm start` on one machine, the demo and tests.
 */
export class Fleet {
  readonly #slots: readonly Slot[];
  #stopping = false;
  /** Processes that ended by SIGKILL. */
  deaths = 0;

  constructor(private readonly options: FleetOptions) {
    const replicas = Array.from({ length: options.replicas ?? 1 }, (_, replica) => replica);
    this.#slots = SERVICES.flatMap((service) =>
      replicas.map(
        (replica): Slot => ({
          service,
          replica,
          process: undefined,
          member: undefined,
          wanted: true,
          lastWords: '',
          futile: 0,
        }),
      ),
    );
  }

  /** Creates what topics are missing, starts every process; resolves when all are ready. */
  async start(): Promise<void> {
    await this.#createTopics();
    for (const slot of this.#slots) void this.#keepAlive(slot);
    await this.allReady();
  }

  /** Those that live and said that they are ready. */
  get members(): readonly Member[] {
    return this.#slots.flatMap(({ member }) => member ?? []);
  }

  of(service: ServiceName): readonly Member[] {
    return this.members.filter((member) => member.service === service);
  }

  /** Resolves when each process lives and its /health/ready is green: its consumers have joined. */
  async allReady(timeoutMs = READY_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (let open: readonly Slot[] = this.#slots; open.length > 0; ) {
      const answers = await Promise.all(open.map(async (slot) => (await isReady(slot.member)) || slot));
      open = answers.filter((answer) => answer !== true);
      if (open.length === 0) return;
      const hopeless = open.some(({ futile }) => futile >= FUTILE_STARTS);
      if (hopeless || performance.now() > deadline || this.#stopping) throw notReady(open);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** SIGKILL to every process of these services (default: all); they are started again. Resolves when they are gone. */
  async kill(services: readonly ServiceName[] = SERVICES): Promise<void> {
    const hit = this.#slots.filter(({ service }) => services.includes(service)).flatMap(({ process }) => process ?? []);
    for (const each of hit) each.signal('SIGKILL');
    await Promise.all(hit.map(({ ended }) => ended));
  }

  /** SIGTERM to the API, then to the others; resolves with each one's exit code or signal when all are gone. */
  async stop(): Promise<readonly (number | NodeJS.Signals)[]> {
    this.#stopping = true;
    const codes: (number | NodeJS.Signals)[] = [];
    for (const isApi of [true, false]) {
      const leaving = this.#slots.filter(({ service }) => (service === 'query-api') === isApi);
      codes.push(...(await Promise.all(leaving.map((slot) => this.#end(slot)))).flat());
    }
    return codes;
  }

  /** One after the other is stopped and started again: a rolling restart. */
  async roll(): Promise<void> {
    for (const slot of this.#slots) {
      const before = slot.process;
      before?.signal('SIGTERM');
      await before?.ended;
      await this.allReady();
    }
  }

  async #end(slot: Slot): Promise<readonly (number | NodeJS.Signals)[]> {
    slot.wanted = false;
    slot.process?.signal('SIGTERM');
    return slot.process ? [await slot.process.ended] : [];
  }

  async #keepAlive(slot: Slot): Promise<void> {
    for (let attempt = 1; slot.wanted; attempt += 1) {
      const began = performance.now();
      const process = this.#spawn(slot);
      slot.process = process;
      const ready = await process.ready;
      slot.member = ready && { service: slot.service, replica: slot.replica, process, ready };
      const how = await process.ended;
      slot.futile = ready || how === 'SIGKILL' ? 0 : slot.futile + 1;
      slot.lastWords = process.stderr().slice(-500).trim();
      slot.process = undefined;
      slot.member = undefined;
      if (how === 'SIGKILL') this.deaths += 1;
      if (performance.now() - began > LIVED_MS || how === 'SIGKILL') attempt = 1;
      if (slot.wanted) await pause(backoffCeiling({ attempt, ...RESTART }));
    }
  }

  #spawn({ service, replica }: Slot): ProductProcess {
    const { env, child, tell = false } = this.options;
    // One of the API's processes has the configured addresses; the others find a free port and serve health there.
    const isFace = service === 'query-api' && replica === 0;
    const ports = isFace ? {} : { TILLSTREAM_PORT: '0', TILLSTREAM_GRPC_PORT: '0' };
    const [file, args] = child
      ? [path.join(FOLDER, 'child.js'), [service, JSON.stringify(child)]]
      : [path.join(FOLDER, `../../../../${service}/dist/src/main.js`), []];
    return startProcess(file, args, { ...env, ...ports }, { tell });
  }

  async #createTopics(): Promise<void> {
    const job = startProcess(path.join(FOLDER, 'topics.js'), [], { ...this.options.env }, this.options);
    if ((await job.ended) !== 0) throw new PermanentError('topics_not_created', job.stderr().trim());
  }
}

async function isReady(member: Member | undefined): Promise<boolean> {
  if (!member) return false;
  try {
    return (await fetch(`${member.ready.httpUrl}/health/ready`)).ok;
  } catch {
    return false;
  }
}

function notReady(slots: readonly Slot[]): TransientError {
  const hopeless = slots.filter(({ futile }) => futile >= FUTILE_STARTS);
  const told = (hopeless.length > 0 ? hopeless : slots).map(
    ({ service, process, lastWords }) =>
      `${service}: ${process?.stderr().slice(-500).trim() || lastWords || 'not running'}`,
  );
  return new TransientError('services_not_ready', `these services are not ready:\n${told.join('\n')}`);
}
