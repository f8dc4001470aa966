import { parseArgs } from 'node:util';
import { PermanentError } from '@tillstream/kernel';

export interface DemoOptions {
  readonly orders: number;
  readonly planted: number;
  readonly seed: number;
  readonly profile: 'us' | 'global' | 'jpy';
  /** Every service a process of its own, over Kafka and MongoDB. */
  readonly distributed: boolean;
  /** Topics and database of a distributed demo stay, to be looked at by other programs. */
  readonly keep: boolean;
}

export const DEMO_USAGE =
  'npm run demo -- [--orders 320] [--planted 16] [--seed 1] [--profile us|global|jpy] [--distributed [--keep]]';

/** Throws `usage` with the usage line for anything that is not an option of the demo. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  try {
    const options = { orders: text('320'), planted: text('16'), seed: text('1'), profile: text('us') } as const;
    const flags = {
      distributed: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    } as const;
    const { values } = parseArgs({ args: [...args], options: { ...options, ...flags } });
    const profile = (['us', 'global', 'jpy'] as const).find((known) => known === values.profile);
    const [orders, planted, seed] = [values.orders, values.planted, values.seed].map(Number);
    const whole = [orders, planted, seed].every((value) => Number.isSafeInteger(value) && Number(value) >= 0);
    if (profile === undefined || !whole) throw new PermanentError('usage', DEMO_USAGE);
    return {
      orders: Number(orders),
      planted: Number(planted),
      seed: Number(seed),
      profile,
      distributed: values.distributed,
      keep: values.keep,
    };
  } catch (cause) {
    throw new PermanentError('usage', DEMO_USAGE, { cause });
  }
}

function text<const T extends string>(value: T) {
  return { type: 'string', default: value } as const;
}
