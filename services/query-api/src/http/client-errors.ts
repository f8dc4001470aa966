import type { Socket } from 'node:net';
import { ApiProblem, problemBody, problemHeaders } from './problem.js';

/** Answers what is no HTTP request that could be routed: broken, too long a head, or too slow (contract 2). */
export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = new ApiProblem('validation_failed', DETAILS[error.code ?? ''] ?? 'This is no valid HTTP request.');
  const body = JSON.stringify(problemBody(problem, '/'));
  const headers = {
    ...problemHeaders(problem),
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

const DETAILS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'Address and headers together are too long.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};
