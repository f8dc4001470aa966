import { randomUUID } from 'node:crypto';
import type { Fault } from '../fault.js';
import { isObject, type JsonObject } from '../json.js';

/** An answer of the API before transport headers are added. */
export interface ApiReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const JSON_TYPE = 'application/json;charset=UTF-8';
const XML_TYPE = 'application/xml;charset=UTF-8';
const XML_NS = 'xmlns="http://schema.intuit.com/finance/v3"';

export function jsonApiReply(status: number, value: unknown): ApiReply {
  return { status, contentType: JSON_TYPE, body: JSON.stringify(value) };
}

/** `{"Fault":{"Error":[…],"type":…},"time":…}`: the shape of business errors. */
export function faultReply(fault: Fault, time: string): ApiReply {
  const error = {
    Message: fault.message,
    Detail: fault.detail,
    code: fault.code,
    ...(fault.element === undefined ? {} : { element: fault.element }),
  };
  return jsonApiReply(fault.status, { Fault: { Error: [error], type: fault.type }, time });
}

/** The gateway's shape: lower-case keys, a long tail of nulls (facts section 3). */
export function gatewayReply(
  status: number,
  code: string,
  message: string,
  detail: string | null,
  type: string,
  now: number,
): ApiReply {
  return jsonApiReply(status, {
    warnings: null,
    intuitObject: null,
    fault: { error: [{ message, detail, code, element: null }], type },
    report: null,
    queryResponse: null,
    batchItemResponse: [],
    requestId: null,
    time: now,
    status: null,
    cdcresponse: [],
  });
}

export function unauthorized(detail: string, now: number): ApiReply {
  const message = 'message=AuthenticationFailed; errorCode=003200; statusCode=401';
  return gatewayReply(401, '3200', message, detail, 'AUTHENTICATION', now);
}

export function forbidden(now: number): ApiReply {
  const message = 'message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403';
  return gatewayReply(403, '3100', message, null, 'AUTHORIZATION', now);
}

/** A token of another company, as some clusters answer it whatever was asked for. */
export function otherRealmXml(time: string): ApiReply {
  return xml(
    401,
    time,
    '<Fault type="AuthenticationFault"><Error code="100"><Message>General Authentication Error</Message><Detail>AuthenticationFailed</Detail></Error></Fault>',
  );
}

export function throttled(as: 'json' | 'xml', now: number, time: string): ApiReply {
  const message = 'message=ThrottleExceeded; errorCode=003001; statusCode=429';
  if (as === 'json') return gatewayReply(429, '3001', message, 'ThrottleExceeded', 'SERVICE', now);
  return xml(429, time, `<Fault type="SERVICE"><Error code="3001"><Message>${message}</Message></Error></Fault>`);
}

function xml(status: number, time: string, inner: string): ApiReply {
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
  return {
    status,
    contentType: XML_TYPE,
    body: `${head}<IntuitResponse time="${time}" ${XML_NS}>${inner}</IntuitResponse>`,
  };
}

export function htmlReply(status: number): ApiReply {
  const title = status === 200 ? 'QuickBooks' : `${status} Service Temporarily Unavailable`;
  return {
    status,
    contentType: 'text/html;charset=UTF-8',
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
  };
}

/** Who does not ask for JSON gets XML: the API's default. */
export function asAsked(reply: ApiReply, accept: string | undefined, time: string): ApiReply {
  if (reply.contentType !== JSON_TYPE || accept?.includes('json')) return reply;
  return xml(reply.status, time, xmlOf(JSON.parse(reply.body)));
}

function xmlOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(xmlOf).join('');
  if (!isObject(value)) return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Object.entries(value)
    .map(([name, field]) =>
      (Array.isArray(field) ? field : [field]).map((entry: unknown) => `<${name}>${xmlOf(entry)}</${name}>`).join(''),
    )
    .join('');
}

/** Headers every answer carries. */
export function transportHeaders(contentType: string): Readonly<Record<string, string>> {
  return { 'content-type': contentType, intuit_tid: `1-${randomUUID()}`, 'qbo-version': '1980.150' };
}

export function envelope(entity: string, value: JsonObject, time: string): JsonObject {
  return { [entity]: value, time };
}
