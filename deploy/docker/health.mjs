// Asks whether something answers: node health.mjs http://host:port/path | grpc://host:port | tcp://host:port ...
// Exit 0 when every address does. For the images' HEALTHCHECK, docker-compose.yml and `helm test`: no curl needed, and
// no dependency, so that every image has it. Exit 1 with one line per address that does not.
import { once } from 'node:events';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 3_000;
const SERVING = 1;

async function http(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}

async function tcp({ hostname, port }) {
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  } finally {
    socket.destroy();
  }
}

/** grpc.health.v1.Health/Check of the whole server. An empty request and an answer of one field need no library. */
async function grpc({ hostname, port }) {
  const session = http2.connect(`http://${hostname}:${port}`);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await once(session, 'connect', { signal });
    const call = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let trailers = {};
    call.once('response', (headers) => {
      if (headers['grpc-status'] !== undefined) trailers = headers;
    });
    call.once('trailers', (headers) => {
      trailers = headers;
    });
    // A message: one byte "not compressed", four bytes of length, here 0.
    call.end(Buffer.alloc(5));
    const chunks = [];
    call.on('data', (chunk) => chunks.push(chunk));
    await once(call, 'end', { signal });
    if (trailers['grpc-status'] !== '0') throw new Error(`gRPC status ${trailers['grpc-status'] ?? 'missing'}`);
    const [tag, status] = Buffer.concat(chunks).subarray(5);
    if (tag !== 0x08 || status !== SERVING) throw new Error('is not serving');
  } finally {
    session.destroy();
  }
}

const CHECKS = { 'http:': http, 'https:': http, 'tcp:': tcp, 'grpc:': grpc };

/** Throws an Error that says why when `address` does not answer well. */
export async function check(address) {
  const url = new URL(address);
  const how = CHECKS[url.protocol];
  if (how === undefined) throw new Error(`${url.protocol} is none of ${Object.keys(CHECKS).join(' ')}`);
  await how(url);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const addresses = process.argv.slice(2);
  const results = await Promise.allSettled(addresses.map(check));
  const failed = results.flatMap(({ status, reason }, index) =>
    status === 'rejected' ? [`${addresses[index]}: ${reason?.cause?.code ?? reason?.message ?? reason}`] : [],
  );
  for (const line of failed) process.stderr.write(`${line}\n`);
  process.exit(failed.length === 0 && addresses.length > 0 ? 0 : 1);
}
