import { z } from 'zod';
import { Entity, Platform, Target } from './vocabulary.js';

/** Facts on sync.config.v1 and the command/reply pairs of the writers. Never a secret in the clear. */

export const SettingsChanged = z.strictObject({ version: z.int() });
export const ConnectionChanged = z.strictObject({
  platform: Platform,
  connectionId: z.string(),
  /** Store URL or realm id. */
  identity: z.string(),
  removed: z.boolean(),
  /** The identity is another than before: id maps, cursors and effects start empty. */
  identityReplaced: z.boolean(),
});
export const FailureDiscardRequested = z.strictObject({
  failureId: z.string(),
  entity: Entity,
  sourceId: z.string(),
  target: Target,
  reason: z.string(),
});

export const Check = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() });
export type Check = z.infer<typeof Check>;

/** `replyTo` comes back in the reply; `deadline` = when nobody waits any more. */
const CommandFacts = { replyTo: z.string(), deadline: z.string() };
export const TestQuickBooksConnection = z.strictObject({
  ...CommandFacts,
  /** The last order numbers of the shop, when known: those in use by foreign documents are named (B8). */
  orderNumbers: z.array(z.string()).max(100).optional(),
});
export const BuildAuthorizeUrl = z.strictObject({ ...CommandFacts, redirectUri: z.string() });
/** `sealedCode` is the authorization code under the master key: codes are secrets. */
export const FinishAuthorization = z.strictObject({
  ...CommandFacts,
  sealedCode: z.string(),
  state: z.string(),
  realmId: z.string(),
  redirectUri: z.string(),
});
export const TestSupabaseConnection = z.strictObject(CommandFacts);
export const WriterReply = z.strictObject({
  replyTo: z.string(),
  ok: z.boolean(),
  /** Error code of docs/errors.md when not ok. */
  code: z.string().nullable(),
  message: z.string().nullable(),
  checks: z.array(Check).nullable(),
  authorizeUrl: z.string().nullable(),
  latencyMs: z.number().nullable(),
});
export type WriterReply = z.infer<typeof WriterReply>;

export const CONFIG_EVENTS = {
  SettingsChanged,
  ConnectionChanged,
  FailureDiscardRequested,
  TestQuickBooksConnection,
  BuildAuthorizeUrl,
  FinishAuthorization,
  TestSupabaseConnection,
  WriterReply,
} as const;
