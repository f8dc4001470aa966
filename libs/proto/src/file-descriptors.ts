import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FILE_DESCRIPTOR_SET } from './generated/descriptors.js';

/** Field `file` of google.protobuf.FileDescriptorSet. */
const FILE = 1;

/**
 * Each a google.protobuf.FileDescriptorProto: sync.proto with its comments, what it
 * imports, the details of errors and grpc.health.v1; for server reflection.
 */
export function fileDescriptors(): Buffer[] {
  const reader = new BinaryReader(Buffer.from(FILE_DESCRIPTOR_SET, 'base64'));
  const files: Buffer[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === FILE && wireType === WireType.LengthDelimited) files.push(Buffer.from(reader.bytes()));
    else reader.skip(wireType);
  }
  return files;
}
