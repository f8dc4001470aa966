import { Check, Platform } from '@tillstream/contracts';
import { z } from 'zod';
import { listOf } from '../http/lists.js';
import { databaseUrlProblem } from './database-url.js';
import { baseUrlProblem, normalizeBaseUrl } from './target-url.js';

/** Text sets it, null clears it, leaving it out (or sending back what GET shows) keeps it. */
function secret(text = z.string()) {
  return z
    .union([text.min(1).max(4_000), z.null(), z.strictObject({ configured: z.boolean() })])
    .optional()
    .meta({ description: 'Left out: kept. null: cleared. Never shown again.' });
}
const Secret = secret();

function baseUrl(allowPrivate: boolean) {
  return z
    .string()
    .max(500)
    .superRefine(complaining((text) => baseUrlProblem(text, allowPrivate)))
    .overwrite((text) => (URL.canParse(text) ? normalizeBaseUrl(text) : text));
}

function complaining(problemOf: (text: string) => string | null) {
  return (text: string, context: z.RefinementCtx<string>): void => {
    const problem = problemOf(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  };
}

/** Bodies of PUT, for an instance that may or may not call private addresses. */
export function connectionBodies(allowPrivate: boolean) {
  const Url = baseUrl(allowPrivate);
  return {
    woocommerce: z.strictObject({
      storeUrl: Url,
      consumerKey: Secret,
      consumerSecret: Secret,
      webhookSecret: Secret,
    }),
    quickbooks: z.strictObject({
      environment: z.enum(['sandbox', 'production']),
      realmId: z.string().regex(/^[A-Za-z0-9-]{1,50}$/, 'the company id that QuickBooks shows'),
      clientId: z.string().trim().min(1).max(500),
      clientSecret: Secret,
      refreshToken: Secret,
      webhookVerifierToken: Secret,
      apiBaseUrl: Url.optional(),
      tokenUrl: Url.optional(),
      authorizeUrl: Url.optional(),
    }),
    /** The Data API (both), a direct connection to the database, or both ways; the direct one is preferred. */
    supabase: z.strictObject({
      projectUrl: Url.optional(),
      serviceKey: Secret,
      databaseUrl: secret(z.string().superRefine(complaining((text) => databaseUrlProblem(text, allowPrivate)))),
      schema: z
        .string()
        .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'a schema name in lower case')
        .default('public'),
    }),
  };
}
export type ConnectionBodies = ReturnType<typeof connectionBodies>;

export const PutConnectionQuery = z.strictObject({
  replaceIdentity: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Needed to point the connection to another shop, company or project.' }),
});

/** Further members: the non-secret fields of the body, and each secret as `{configured}`. */
export const ConnectionView = z.looseObject({
  platform: Platform,
  connectionId: z.string(),
  identity: z.string().meta({ description: 'Which shop, company or project it is, without credentials.' }),
  status: z.enum(['unverified', 'connected', 'needs_reconnect', 'error']),
  detail: z.string().optional(),
  lastCheckedAt: z.string().optional(),
});
export type ConnectionView = z.infer<typeof ConnectionView>;
export const ConnectionList = listOf(ConnectionView);

export const TestResult = z.object({ ok: z.boolean(), checks: z.array(Check), latencyMs: z.number() });
export type TestResult = z.infer<typeof TestResult>;

export const AuthorizeAnswer = z.object({ authorizeUrl: z.string() });
export const CallbackQuery = z.object({
  code: z.string().min(1).max(4_000),
  state: z.string().min(1).max(1_000),
  realmId: z.string().regex(/^[A-Za-z0-9-]{1,50}$/),
});
export type CallbackQuery = z.infer<typeof CallbackQuery>;
export const CallbackAnswer = z.object({ ok: z.literal(true), realmId: z.string() });
