import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { tracingIsOn } from './state.js';

interface Request {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly routeOptions: { readonly url?: string | undefined };
}
interface Reply {
  readonly statusCode: number;
  readonly raw: EventEmitter;
}
/** As much of a FastifyInstance as is needed. */
export interface HookedServer {
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: () => void) => void): unknown;
}

export interface TracedRequestsOptions {
  /** Routes that are asked all the time and tell nothing: health, metrics. */
  readonly except?: readonly string[];
}

/**
 * A span `METHOD route` per request, child of the caller's `traceparent`, and active in later hooks and the handler.
 * Register it before the routes.
 */
export function tracedRequests(server: HookedServer, { except = [] }: TracedRequestsOptions = {}): void {
  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (!tracingIsOn() || (route !== undefined && except.includes(route))) return done();
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = startSpan(request, route, parent);
    const active = trace.setSpan(parent, span);
    // Also when the client hangs up, unlike onResponse.
    reply.raw.once('close', () => end(span, reply.statusCode));
    context.with(active, done);
  });
}

function startSpan({ method }: Request, route: string | undefined, parent: typeof ROOT_CONTEXT): Span {
  const attributes: Attributes = { 'http.request.method': method };
  if (route !== undefined) attributes['http.route'] = route;
  const name = route === undefined ? method : `${method} ${route}`;
  return trace.getTracer('tillstream/http').startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
}

function end(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
