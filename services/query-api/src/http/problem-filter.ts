import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { TillstreamError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblem, problemBody, problemHeaders } from './problem.js';
import type { RouteTable } from './route-table.js';

/** Turns whatever was thrown into a problem answer; what nobody expected is logged and tells nothing (contract 2). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly logger: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    sendProblem(reply, this.#toProblem(thrown, request), pathOf(request.url));
  }

  #toProblem(thrown: unknown, request: FastifyRequest): ApiProblem {
    // The client hung up in the middle of its body: nobody reads the answer, and it is no error of ours.
    if (request.raw.destroyed && !request.raw.complete) return new ApiProblem('bad_json', 'The body ended too early.');
    const problem = toProblem(thrown, () => this.routes.missing(request.method, pathOf(request.url)));
    if (problem.status >= 500) {
      this.logger.error({ err: thrown, method: request.method, path: pathOf(request.url) }, 'request failed');
    }
    return problem;
  }
}

export function sendProblem(reply: FastifyReply, problem: ApiProblem, instance: string): void {
  void reply
    .status(problem.status)
    .headers(problemHeaders(problem))
    .send(JSON.stringify(problemBody(problem, instance)));
}

/** Without the query: it may hold codes and states. */
export function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}

export function toProblem(thrown: unknown, missingRoute: () => ApiProblem): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  if (thrown instanceof HttpException) return fromHttp(thrown, missingRoute);
  if (thrown instanceof TillstreamError) return fromTillstream(thrown);
  return new ApiProblem('internal_error', 'Something went wrong on our side; it was logged.');
}

/** Refusals of the HTTP layer itself: routing, size, media type, a URL that cannot be read. */
function fromHttp(thrown: HttpException, missingRoute: () => ApiProblem): ApiProblem {
  const status = thrown.getStatus();
  if (status === 404) return missingRoute();
  if (status === 413) return new ApiProblem('payload_too_large', 'The body must not be larger than 1 MiB.');
  if (status === 415) return new ApiProblem('unsupported_media_type', 'Send the body as application/json.');
  if (status >= 400 && status < 500) return new ApiProblem('validation_failed', 'The request cannot be read.');
  return new ApiProblem('internal_error', 'Something went wrong on our side; it was logged.');
}

function fromTillstream(thrown: TillstreamError): ApiProblem {
  if (thrown.code === 'cursor_invalid') {
    const message = 'is not a cursor of this list';
    return new ApiProblem('validation_failed', `cursor: ${message}`, { errors: [{ path: 'cursor', message }] });
  }
  if (thrown.family === 'conflict')
    return new ApiProblem('version_conflict', 'Somebody else changed it meanwhile; try again.');
  if (thrown.family === 'transient')
    return new ApiProblem('unavailable', 'A part of Tillstream is not available; try again.');
  return new ApiProblem('internal_error', 'Something went wrong on our side; it was logged.');
}
