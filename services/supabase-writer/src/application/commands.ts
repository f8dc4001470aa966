import {
  encodeEvent,
  eventId,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type WriterReply,
} from '@tillstream/contracts';
import { asError, TillstreamError } from '@tillstream/kernel';
import { testConnection } from './connection-test.js';
import type { Project } from './project.js';
import type { WriterDeps } from './writer-parts.js';

export type TestCommand = Extract<SyncEvent, { type: 'TestSupabaseConnection' }>;
type Answer = Pick<WriterReply, 'ok'> & Partial<Omit<WriterReply, 'replyTo'>>;

/** Answers a connection test before its deadline or not at all (D15). */
export async function serveTest(
  command: TestCommand,
  project: () => Promise<Project | null>,
  deps: WriterDeps,
): Promise<void> {
  const { clock } = deps;
  const leftMs = Date.parse(command.facts.deadline) - clock.now();
  if (leftMs <= 0) return;
  const done = new AbortController();
  const late = clock.sleep(leftMs, done.signal).then(
    (): Answer => ({ ok: false, code: 'writer_unavailable', message: 'Supabase did not answer in time.' }),
    (): Answer => ({ ok: false }),
  );
  const began = clock.monotonic();
  const answer = await Promise.race([run(project), late]);
  done.abort();
  await reply(command, { latencyMs: clock.monotonic() - began, ...answer }, deps);
}

async function run(find: () => Promise<Project | null>): Promise<Answer> {
  try {
    const project = await find();
    if (!project) return { ok: false, code: 'connection_missing', message: 'There is no Supabase connection.' };
    const checks = await testConnection(project);
    const ok = checks.every((check) => check.ok);
    const wrong = checks.find((check) => !check.ok);
    await project.status.report(ok ? 'connected' : 'error', wrong?.detail ?? null, true);
    return { ok, checks: [...checks] };
  } catch (thrown) {
    const code = thrown instanceof TillstreamError ? thrown.code : 'internal_error';
    return { ok: false, code, message: asError(thrown).message };
  }
}

async function reply(
  { tenantId, facts: { replyTo } }: TestCommand,
  answer: Answer,
  { log, clock }: WriterDeps,
): Promise<void> {
  const topic = TOPICS.supabaseReplies.name;
  const producer = `writer_replies/${replyTo}`;
  const facts: WriterReply = {
    replyTo,
    code: null,
    message: null,
    checks: null,
    authorizeUrl: null,
    latencyMs: null,
    ...answer,
  };
  const event: StoredEvent = {
    id: eventId(producer, topic, 1),
    type: 'WriterReply',
    schemaVersion: 1,
    producer,
    seq: 1,
    eventNumber: 1,
    tenantId,
    occurredAt: new Date(clock.now()).toISOString(),
    facts,
  };
  await log.append([{ topic, key: tenantId, value: encodeEvent(event) }]);
}
