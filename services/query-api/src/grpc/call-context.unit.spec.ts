import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { admit, CallEnd, contextOf } from './call-context.js';

describe('the signal of a call', () => {
  function admitted() {
    const metadata = new Metadata();
    const end = new CallEnd();
    admit(metadata, { keyId: 'key_1', tenantId: 'default', role: 'viewer' }, end);
    return { context: contextOf(metadata), end };
  }

  it('is aborted by the end of the call, which tells whoever listens', () => {
    const { context, end } = admitted();
    const { signal } = context;
    let heard = 0;
    signal.addEventListener('abort', () => (heard += 1));
    expect(signal.aborted).toBe(false);
    end.tell();
    end.tell();
    expect([signal.aborted, heard]).toEqual([true, 1]);
    expect(context.signal).toBe(signal);
  });

  it('is aborted from the beginning where it is asked for after the end', () => {
    const { context, end } = admitted();
    end.tell();
    expect(() => context.signal.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});
