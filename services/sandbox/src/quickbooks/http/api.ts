import { type FaultRule, firedOf } from '../../shared/faults.js';
import type { HttpRequest } from '../../shared/http.js';
import type { Company } from '../company.js';
import { entityRules } from '../entities/index.js';
import { Fault, faults } from '../fault.js';
import { isObject, type JsonObject } from '../json.js';
import { changedSince } from '../query/cdc.js';
import { runQuery } from '../query/run.js';
import type { EntityRules } from '../rules/context.js';
import { viewOf } from '../setup-views.js';
import { type Operation, sendByEmail, write } from '../writes.js';
import { type ApiReply, envelope, faultReply, jsonApiReply } from './replies.js';

/** The part of the path below `/v3/company/{realmId}`. */
export interface ApiCall {
  readonly company: Company;
  readonly request: HttpRequest;
  readonly segments: readonly string[];
  readonly requestId: string | undefined;
  readonly fired: readonly FaultRule[];
}

/** Carries out one call synchronously, so that no other request sees it half done. Faults become answers. */
export function runCall(call: ApiCall): ApiReply {
  const time = call.company.time(call.company.now(), true);
  try {
    return jsonApiReply(200, { ...answer(call), time });
  } catch (thrown) {
    if (thrown instanceof Fault) return faultReply(thrown, time);
    throw thrown;
  }
}

function answer(call: ApiCall): JsonObject {
  const { company, request, segments } = call;
  const [first = '', second, third] = segments;
  const { searchParams } = request.url;
  if (first === 'query') return { QueryResponse: runQuery(company, queryText(request)) };
  if (first === 'cdc') {
    return changedSince(company, searchParams.get('entities') ?? '', searchParams.get('changedSince') ?? '');
  }
  const rules = entityRules(first);
  if (!rules || first !== first.toLowerCase()) throw faults.unsupported(first);
  if (request.method === 'GET') return { [rules.name]: read(company, rules, second) };
  if (request.method !== 'POST') throw faults.unsupported(request.method);
  if (second !== undefined && third === 'send') {
    return { [rules.name]: sendByEmail(company, rules, second, { by: 'api', requestId: call.requestId }) };
  }
  if (second !== undefined) throw faults.unsupported(request.url.pathname);
  return envelope(rules.name, post(call, rules), company.time(company.now(), true));
}

function queryText(request: HttpRequest): string {
  const source = request.method === 'POST' ? request.body : request.url.searchParams.get('query');
  if (source === null || source.trim() === '') throw faults.queryParse('Encountered "<EOF>"');
  return source;
}

function read(company: Company, rules: EntityRules, id: string | undefined): JsonObject {
  const stored = company.get(rules.name, rules.name === 'Preferences' ? '1' : (id ?? ''));
  if (!stored || stored.state === 'deleted') throw faults.notFound();
  return viewOf(company, stored);
}

function post(call: ApiCall, rules: EntityRules): JsonObject {
  const { company, request, fired } = call;
  const body = parseBody(request);
  if (firedOf(fired, 'staleSyncToken') && typeof body.Id === 'string') {
    const stored = company.get(rules.name, body.Id);
    if (stored) company.bump(stored);
  }
  const wrongTotal = firedOf(fired, 'wrongTotal');
  return write(company, rules, operationOf(request, body), body, {
    by: 'api',
    requestId: call.requestId,
    taxOffsetMinor: wrongTotal ? (wrongTotal.offsetMinor ?? 1) : 0,
  });
}

function parseBody(request: HttpRequest): JsonObject {
  if (!request.headers['content-type']?.startsWith('application/json')) throw faults.unsupported('this content type');
  try {
    const body: unknown = JSON.parse(request.body);
    if (isObject(body)) return body;
  } catch {
    throw faults.badProperty('body');
  }
  throw faults.badProperty('body');
}

/** `?operation=delete`, `?operation=void`, or an update with `include=void`. */
function operationOf(request: HttpRequest, body: JsonObject): Operation {
  const operation = request.url.searchParams.get('operation');
  const includesVoid = request.url.searchParams.get('include')?.split(',').includes('void') ?? false;
  if (operation === 'delete') return 'delete';
  if (operation === 'void' || (includesVoid && body.Id !== undefined)) return 'void';
  if (operation === null || operation === 'create' || operation === 'update') return 'write';
  throw faults.unsupported(operation);
}
