import { HttpNotSent, HttpOutcomeUnknown, type HttpRequest, type HttpResponse } from '@tillstream/http-client';
import { asError, TillstreamError } from '@tillstream/kernel';
import { refusal, SupabaseFailure } from '../domain/classify.js';
import type { SchemaPlace } from '../domain/schema/index.js';
import {
  type AppliedRecord,
  batchJson,
  type CurrentRow,
  inOrder,
  type SchemaState,
  type SupabaseRoute,
} from './port.js';

export interface DataApiOptions extends SchemaPlace {
  /** `https://<ref>.supabase.co`. */
  readonly projectUrl: string;
  /** `sb_secret_…`, or the legacy service_role JWT. */
  readonly serviceKey: string;
  /** The guarded client: it refuses private targets and never looks like a browser (Supabase refuses those). */
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  /** Supabase ends API requests after 60 s. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 65_000;

/** Supabase's Data API (PostgREST): every call is a function call, so no grammar of filters is needed. */
export function dataApiRoute(options: DataApiOptions): SupabaseRoute {
  const call = async (name: string, body: string): Promise<unknown> => {
    const url = `${options.projectUrl.replace(/\/+$/, '')}/rest/v1/rpc/${options.prefix}${name}`;
    const answer = await send(options, { url, body });
    return read(answer);
  };
  return {
    kind: 'dataApi',
    install: null,
    apply: async (items) => (await call('apply', `{"batch":${batchJson(items)}}`)) as readonly AppliedRecord[],
    read: async (keys) => {
      const asked = keys.map((key, index) => ({ index, ...key }));
      const found = await call('read', JSON.stringify({ keys: asked }));
      return inOrder(found as readonly { index: number; row: CurrentRow }[], keys.length);
    },
    check: async () => (await call('check', '{}')) as SchemaState,
    close: async () => {},
  };
}

async function send(options: DataApiOptions, { url, body }: { url: string; body: string }): Promise<HttpResponse> {
  const headers = {
    ...keyHeaders(options.serviceKey),
    'content-type': 'application/json',
    accept: 'application/json',
    ...(options.schema !== 'public' && { 'content-profile': options.schema }),
  };
  try {
    return await options.send({ method: 'POST', url, headers, body, deadlineMs: options.deadlineMs ?? DEADLINE_MS });
  } catch (thrown) {
    const message = asError(thrown).message;
    if (thrown instanceof HttpNotSent || thrown instanceof HttpOutcomeUnknown) {
      throw new SupabaseFailure({ kind: 'later', problem: 'supabase_unavailable' }, message, null);
    }
    if (thrown instanceof TillstreamError) {
      throw new SupabaseFailure({ kind: 'held', problem: 'supabase_access_denied' }, message, null);
    }
    throw thrown;
  }
}

/** New keys are no JWTs and go alone; a legacy JWT is sent in both headers (facts, section 1). */
export function keyHeaders(key: string): Readonly<Record<string, string>> {
  return key.startsWith('sb_') ? { apikey: key } : { apikey: key, authorization: `Bearer ${key}` };
}

/** Success is only what is JSON with a 2xx; anything else is an error, by its code first. */
function read({ status, body }: HttpResponse): unknown {
  const parsed = parse(body);
  if (status >= 200 && status < 300 && parsed !== undefined) return parsed;
  const { code, message } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const said = typeof message === 'string' ? message : `Supabase answered HTTP ${status} without saying why`;
  throw refusal({ code: typeof code === 'string' ? code : null, httpStatus: status, message: said });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
