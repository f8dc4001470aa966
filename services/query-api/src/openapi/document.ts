import { z } from 'zod';
import type { ConnectionBodies } from '../connections/schemas.js';
import { API_ERRORS, type ApiErrorCode } from '../http/api-errors.js';
import { type Operation, operations } from './operations.js';

/** Every operation that takes a key, a query or a body can answer these. */
const ALWAYS: readonly ApiErrorCode[] = ['validation_failed', 'unavailable'];
const WITH_KEY: readonly ApiErrorCode[] = ['unauthenticated', 'forbidden'];
const WITH_BODY: readonly ApiErrorCode[] = ['bad_json', 'payload_too_large', 'unsupported_media_type'];

/** OpenAPI 3.1, made of the schemas that check the requests. */
export function openApiDocument(bodies: ConnectionBodies): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations(bodies)) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tillstream',
      version: '0.1.0',
      description: 'Keeps a WooCommerce shop in step with QuickBooks Online. Error codes: docs/errors.md.',
    },
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  };
}

const PROBLEM = schemaOf(
  z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(API_ERRORS)),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  }),
  'output',
);

function describe(operation: Operation): object {
  const { method, path, summary, tag, access, query, body } = operation;
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z]+(\w?)/gi, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    tags: [tag],
    ...(access === 'public' ? { security: [] } : { description: `Needs a key of role ${access}.` }),
    parameters: [...pathParameters(path), ...queryParameters(query), ...headerParameters(path)],
    ...(body && { requestBody: requestBody(body) }),
    responses: { [operation.status]: answerOf(operation), ...problemsOf(operation) },
  };
}

/** Required as soon as any field is. */
function requestBody(body: z.ZodType): object {
  const required = !body.safeParse({}).success;
  return { required, content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function answerOf({ summary, answer }: Operation): object {
  if (!answer) return { description: summary };
  return { description: summary, content: { 'application/json': { schema: schemaOf(answer, 'output') } } };
}

function problemsOf({ access, body, errors = [] }: Operation): Record<string, object> {
  const codes = [...ALWAYS, ...(access === 'public' ? [] : WITH_KEY), ...(body ? WITH_BODY : []), ...errors];
  const byStatus = Map.groupBy(codes, (code) => API_ERRORS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${API_ERRORS[code].title}`).join('. '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType | undefined): object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters(path: string): object[] {
  if (path !== '/api/sync/{entity}') return [];
  const description = 'Instead of the field `idempotencyKey`; keys live 24 h.';
  return [{ name: 'Idempotency-Key', in: 'header', description, schema: { type: 'string', maxLength: 200 } }];
}

/** OpenAPI 3.1 schemas are JSON Schema 2020-12; the dialect is said once for the document. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
}
