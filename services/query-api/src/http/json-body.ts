import type { FastifyInstance } from 'fastify';
import { ApiProblem } from './problem.js';

/** Largest body, bytes. */
export const BODY_LIMIT = 1_048_576;

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json(?:;.*)?$/i;

/** JSON is the only media type of the API; an empty body is no body, and keys that reach prototypes are refused. */
export function acceptJsonBodies(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  const parse = instance.getDefaultJsonParser('error', 'ignore');
  instance.addContentTypeParser(JSON_TYPE, { parseAs: 'string', bodyLimit: BODY_LIMIT }, (request, text, done) => {
    if (text.length === 0) {
      done(null, undefined);
      return;
    }
    void parse(request, text as string, (error, value) => {
      if (error) done(new ApiProblem('bad_json', 'The body is not valid JSON.'));
      else done(null, value);
    });
  });
}
