import type { ServiceDefinition } from '@grpc/grpc-js';
import { SyncServiceService } from '@tillstream/proto';
import { BODY_LIMIT } from '../http/json-body.js';
import { ApiProblem } from '../http/problem.js';

/** In the place of a message: why it cannot be taken. grpc-js would end the call as INTERNAL and without a reason. */
class Unreadable {
  constructor(readonly problem: ApiProblem) {}
}

/** The service as generated, with the limits of REST for what comes in. */
export const SYNC_DEFINITION: ServiceDefinition = Object.fromEntries(
  Object.entries(SyncServiceService).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer) => read(bytes, method.requestDeserialize) },
  ]),
);

function read(bytes: Buffer, deserialize: (bytes: Buffer) => object): object {
  if (bytes.byteLength > BODY_LIMIT) {
    return new Unreadable(new ApiProblem('payload_too_large', 'The message must not be larger than 1 MiB.'));
  }
  try {
    return deserialize(bytes);
  } catch {
    return new Unreadable(new ApiProblem('validation_failed', 'The message cannot be read.'));
  }
}

/** Throws what is wrong with a message that could not be read. */
export function readable<Message extends object>(message: Message): Message {
  if (message instanceof Unreadable) throw message.problem;
  return message;
}
