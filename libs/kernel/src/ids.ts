import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';

/** Identifiers and chance as a port: a decider receives values made here, it never makes them. */
export interface Ids {
  /** `run_01k…`: prefix, then 26 characters that sort by time of creation. */
  next(prefix: string): string;
  /** Uniform in [0, 1): jitter. */
  random(): number;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

function encode(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest >>= 5n) text = ALPHABET[Number(rest & 31n)] + text;
  return text;
}

/** ULID-shaped ids from the given clock and the system's random source. */
export class SystemIds implements Ids {
  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  next(prefix: string): string {
    const random = BigInt(`0x${randomBytes(10).toString('hex')}`);
    return `${prefix}_${encode(BigInt(Math.floor(this.clock.now())), 10)}${encode(random, 16)}`;
  }

  random(): number {
    return randomBytes(4).readUInt32BE(0) / 2 ** 32;
  }
}
