import { cString, message, readCString } from './messages.js';

/**
 * Follows the prepared statements of one connection: which SQL a batch runs, and under which name the backend knows
 * it. With a prefix the names of several connections stay apart in one session; a new prefix after each transaction is
 * what a transaction pooler does to them (the next backend never heard of the statement).
 */
export class Statements {
  readonly #texts = new Map<string, string>();
  #prefix: string | undefined;

  constructor(prefix: string | undefined) {
    this.#prefix = prefix;
  }

  set prefix(prefix: string | undefined) {
    this.#prefix = prefix;
  }

  /** SQL texts a message runs or prepares; of an execution the text prepared before. */
  textsOf(frontend: Buffer): string[] {
    const type = String.fromCharCode(frontend[0] ?? 0);
    if (type === 'Q') return [readCString(frontend, 5).text];
    if (type === 'P') {
      const { text: name, next } = readCString(frontend, 5);
      const { text } = readCString(frontend, next);
      this.#texts.set(name, text);
      return name === '' ? [text] : [];
    }
    if (type === 'B') {
      const { next } = readCString(frontend, 5);
      const { text: name } = readCString(frontend, next);
      return name === '' ? [] : [this.#texts.get(name) ?? name];
    }
    return [];
  }

  /** The same message with the names the backend is to know. */
  renamed(frontend: Buffer): Buffer {
    const prefix = this.#prefix;
    if (prefix === undefined) return frontend;
    const type = String.fromCharCode(frontend[0] ?? 0);
    if (type === 'P') return rename(frontend, 'P', 5, prefix);
    if (type === 'B') return rename(frontend, 'B', readCString(frontend, 5).next, prefix);
    const target = String.fromCharCode(frontend[5] ?? 0);
    if ((type === 'D' || type === 'C') && target === 'S') return rename(frontend, type, 6, prefix);
    return frontend;
  }
}

function rename(frontend: Buffer, type: string, at: number, prefix: string): Buffer {
  const { text: name, next } = readCString(frontend, at);
  if (name === '') return frontend;
  return message(type, frontend.subarray(5, at), cString(`${prefix}${name}`), frontend.subarray(next));
}
