import { fork } from 'node:child_process';
import { once } from 'node:events';
import { InvariantError } from '@tillstream/kernel';

/** A process of its own that answers one message: where it serves, or what it measured. */
export interface Child<Message> {
  readonly pid: number;
  readonly message: Message;
  stop(): Promise<void>;
}

/** Runs a built module beside this one with `input`; resolves with its first message. It ends with this process. */
export async function startChild<Message>(name: string, input: object): Promise<Child<Message>> {
  const child = fork(new URL(`./${name}.js`, import.meta.url), [JSON.stringify(input)]);
  const ended = once(child, 'exit');
  const told = once(child, 'message') as Promise<[Message]>;
  const first = await Promise.race([told, ended.then(() => undefined)]);
  if (first === undefined) throw new InvariantError('bench_child_ended', `${name} ended before it said anything`);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { pid: child.pid ?? 0, message: first[0], stop };
}

/** In the child: its input. */
export function childInput<Input>(): Input {
  return JSON.parse(process.argv[2] ?? '{}') as Input;
}

/** In the child: tells the parent, and ends when the parent lets go or is gone. */
export function tellParent(message: object, stop: () => Promise<void> = async () => {}): void {
  process.once('disconnect', () => void stop().finally(() => process.exit(0)));
  process.send?.(message);
}
