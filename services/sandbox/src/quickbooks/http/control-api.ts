import type { FaultRule } from '../../shared/faults.js';
import { type HttpReply, type HttpRequest, jsonReply } from '../../shared/http.js';
import { ENTITY_NAMES, type EntityName } from '../company.js';
import type { QuickBooksControl } from '../control.js';
import { Fault } from '../fault.js';
import { isObject, type JsonObject } from '../json.js';
import type { TaxCodeSeed } from '../switches.js';

type Handler = (parts: readonly string[], body: JsonObject, request: HttpRequest) => unknown;

/** The control interface over HTTP: `METHOD /__sandbox/<name>[/realm][/entity/id]`, JSON in and out. */
function handlers(control: QuickBooksControl): Readonly<Record<string, Handler>> {
  return {
    'GET faults': () => ({ rules: control.faultRules, fired: control.firedFaults }),
    'POST faults': (_parts, body) => ({
      ids: (Array.isArray(body.rules) ? (body.rules as FaultRule[]) : []).map((rule) => control.addFault(rule)),
    }),
    'DELETE faults': ([id]) => {
      control.clearFaults(id);
      return {};
    },
    'GET ledger': ([realm = '']) => control.ledger(realm),
    'GET stats': ([realm = '']) => control.stats(realm),
    'GET realms': () => ({ realms: control.realmIds }),
    'POST seed': ([realm = ''], body) => control.seed(realm, body),
    'POST tax-code': ([realm = ''], body) => ({ id: control.addTaxCode(realm, body as unknown as TaxCodeSeed) }),
    'PATCH switches': ([realm = ''], body) => {
      control.set(realm, body);
      return {};
    },
    'PATCH oauth': (_parts, body) => {
      control.setOAuth(body);
      return {};
    },
    'POST edit': ([realm = '', entity = '', id = ''], body, request) => {
      const operation = request.url.searchParams.get('operation');
      const kind = operation === 'delete' || operation === 'void' ? operation : 'write';
      return control.editAsPerson(realm, entityName(entity), id, body, kind);
    },
    'POST refresh-token': ([realm = '']) => ({ refreshToken: control.issueRefreshToken(realm) }),
    'POST access-token': ([realm = '']) => ({ accessToken: control.issueAccessToken(realm) }),
    'POST revoke': ([realm]) => {
      control.revokeAll(realm);
      return {};
    },
    'POST expire-access-tokens': ([realm]) => {
      control.expireAccessTokens(realm);
      return {};
    },
  };
}

function entityName(name: string): EntityName {
  const found = ENTITY_NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (!found) throw new RangeError(`no entity ${name}`);
  return found;
}

/** Answers control requests; undefined for every other path. */
export function controlApi(control: QuickBooksControl): (request: HttpRequest) => HttpReply | undefined {
  const known = handlers(control);
  return (request) => {
    const match = /^\/__sandbox\/([a-z-]+)(?:\/(.*))?$/u.exec(request.url.pathname);
    if (!match) return undefined;
    const handler = known[`${request.method} ${match[1]}`];
    if (!handler) return jsonReply(404, { error: `no control ${request.method} ${match[1]}` });
    try {
      const parsed: unknown = request.body === '' ? {} : JSON.parse(request.body);
      const parts = (match[2] ?? '').split('/').filter((part) => part !== '');
      return jsonReply(200, handler(parts, isObject(parsed) ? parsed : {}, request));
    } catch (thrown) {
      if (thrown instanceof Fault)
        return jsonReply(400, { error: thrown.message, code: thrown.code, detail: thrown.detail });
      return jsonReply(400, { error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  };
}
