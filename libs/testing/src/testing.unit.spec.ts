import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CrashRecorder, eventually, given, PlannedCrash, startTypeScript, tempDir } from './index.js';

interface Lamp {
  on: boolean;
}
const lamp = {
  initial: (): Lamp => ({ on: false }),
  decide: (input: 'press' | 'look' | 'cheat', state: Lamp) => {
    if (input === 'cheat') state.on = !state.on;
    return input === 'press' ? [{ type: state.on ? 'SwitchedOff' : 'SwitchedOn' }] : [];
  },
  evolve: (_: Lamp, event: { readonly type: string }): Lamp => ({ on: event.type === 'SwitchedOn' }),
  publish: (): readonly unknown[] => ['somewhere'],
  tenantOf: () => 't',
};

describe('given', () => {
  it('compares what is decided after a history', () => {
    given(lamp)
      .when('press')
      .thenEvents([{ type: 'SwitchedOn' }]);
    expect(given(lamp, [{ type: 'SwitchedOn' }]).when('press').state).toEqual({ on: false });
    given(lamp).when('look').thenNothing();
    expect(() => given(lamp).when('press').thenNothing()).toThrow('SwitchedOn');
  });

  it('refuses deciders that change their state, and events published nowhere', () => {
    expect(() => given(lamp).when('cheat')).toThrow('decide must not change its state');
    expect(() => given({ ...lamp, publish: () => [] }).when('press')).toThrow('is published');
  });
});

describe('CrashRecorder', () => {
  it('throws once, at the planned occurrence, and remembers every hit', () => {
    const crash = new CrashRecorder();
    crash.crashAt('store.write.after', 2);
    crash.hit('store.write.after');
    crash.hit('store.write.before');
    expect(() => crash.hit('store.write.after')).toThrow(PlannedCrash);
    crash.hit('store.write.after');
    expect(crash.hits.length).toBe(4);
  });
});

describe('eventually', () => {
  it('waits for a condition and gives it back, or fails with the last reason', async () => {
    let calls = 0;
    expect(await eventually(() => (++calls > 2 ? 'ready' : null))).toBe('ready');
    const never = () => expect(calls).toBe(-1);
    await expect(eventually(never, { timeoutMs: 20 })).rejects.toThrow('-1');
    await expect(eventually(() => false, { timeoutMs: 20 })).rejects.toThrow('within 20 ms');
  });
});

describe('startTypeScript', () => {
  it('runs a file with its imports of other files, and tells lines, end and early death', async () => {
    const file = fileURLToPath(new URL('../test/child.ts', import.meta.url));
    const child = startTypeScript(file, ['hello'], { TONE: 'loud' });
    await child.printed(1);
    expect([child.lines, await child.ended]).toEqual([['HELLO'], 7]);
    const killed = startTypeScript(file, ['stay']);
    await killed.printed(1);
    await killed.kill();
    expect(await killed.ended).toBe('SIGKILL');
    await expect(killed.printed(2)).rejects.toThrow('ended (SIGKILL) after 1 lines');
  });
});

describe('tempDir', () => {
  it('gives a folder of its own', () => {
    const [one, other] = [tempDir(), tempDir()];
    expect(one.path).not.toBe(other.path);
    one.remove();
    other.remove();
  });
});
