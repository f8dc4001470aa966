// One stack for a whole vitest run: its addresses reach the specs as KAFKA_BROKERS and MONGODB_URI.
import { down, up } from './stack.mjs';

export default async function setup() {
  const name = `test-${process.pid}`;
  const stack = await up(name, { owner: String(process.pid) });
  Object.assign(process.env, stack.env);
  return () => down(name);
}
