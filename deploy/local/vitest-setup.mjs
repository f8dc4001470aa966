// One stack for a whole vitest run: its addresses reach the specs as KAFKA_BROKERS and MONGODB_URI, where it came from as
// STACK_KIND (environment, containers, processes).
import { down, up } from './stack.mjs';

export default async function setup() {
  const name = `test-${process.pid}`;
  const stack = await up(name, { owner: String(process.pid) });
  Object.assign(process.env, stack.env, { STACK_KIND: stack.kind });
  return () => down(name);
}
