import type { Server } from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { fileDescriptors } from '@tillstream/proto';

/** Server reflection v1 and v1alpha: clients such as grpcurl need no files to call, and show the details of errors. */
export function addReflection(server: Server): void {
  // Of a package definition only the descriptors are looked at.
  const described = { fileDescriptorProtos: fileDescriptors() } as MessageTypeDefinition<object, object>;
  new ReflectionService({ described }).addToServer(server);
}
