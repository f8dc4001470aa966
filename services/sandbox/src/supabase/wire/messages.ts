/** The parts of the PostgreSQL frontend/backend protocol (version 3) the sandbox has to understand. */

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;

export type StartupKind = 'ssl' | 'gss' | 'cancel' | 'startup';

/** What a packet without type byte asks for. */
export function startupKind(packet: Buffer): StartupKind {
  switch (packet.length >= 8 ? packet.readInt32BE(4) : 0) {
    case SSL_REQUEST:
      return 'ssl';
    case GSS_REQUEST:
      return 'gss';
    case CANCEL_REQUEST:
      return 'cancel';
    default:
      return 'startup';
  }
}

/** `user`, `database` and other parameters of a startup packet. */
export function startupParameters(packet: Buffer): ReadonlyMap<string, string> {
  const texts = packet.toString('utf8', 8).split('\0');
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < texts.length && texts[i] !== ''; i += 2) found.set(texts[i] ?? '', texts[i + 1] ?? '');
  return found;
}

export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((total, part) => total + part.length, 4);
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, ...parts]);
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf8');
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** ErrorResponse; `FATAL` ends the connection. */
export function errorResponse(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  const field = (name: string, value: string) => cString(`${name}${value}`);
  return message('E', field('S', severity), field('V', severity), field('C', code), field('M', text), Buffer.from([0]));
}

export function query(text: string): Buffer {
  return message('Q', cString(text));
}

/** Cuts a stream of bytes into whole messages. The first packet of a connection has no type byte. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** A packet without type byte, or undefined until it is whole. */
  takePacket(): Buffer | undefined {
    return this.#take(0);
  }

  takeMessage(): Buffer | undefined {
    return this.#take(1);
  }

  /** The type of the next message, as soon as its first byte is there. */
  peekType(): string | undefined {
    const first = this.#chunks[0]?.[0];
    return first === undefined ? undefined : String.fromCharCode(first);
  }

  #take(lengthAt: 0 | 1): Buffer | undefined {
    if (this.#size < lengthAt + 4) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < lengthAt + 4) this.#join();
    const size = lengthAt + (this.#chunks[0]?.readInt32BE(lengthAt) ?? 0);
    if (this.#size < size) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < size) this.#join();
    const [first = Buffer.alloc(0)] = this.#chunks;
    this.#size -= size;
    if (first.length === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
    return first.subarray(0, size);
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

/** The text up to the next zero byte, and where what follows begins. */
export function readCString(bytes: Buffer, from: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0, from);
  return { text: bytes.toString('utf8', from, end), next: end + 1 };
}

/** Walks over backend messages to find the last ReadyForQuery and command tags. */
export class BackendWatcher {
  readonly #reader = new MessageReader();
  status: 'I' | 'T' | 'E' | undefined;
  tags: string[] = [];
  errorCode: string | undefined;

  push(data: Buffer): void {
    this.#reader.push(data);
    for (let each = this.#reader.takeMessage(); each !== undefined; each = this.#reader.takeMessage()) {
      const type = String.fromCharCode(each[0] ?? 0);
      if (type === 'Z') this.status = String.fromCharCode(each[5] ?? 73) as 'I' | 'T' | 'E';
      if (type === 'C') this.tags.push(readCString(each, 5).text);
      if (type === 'E') this.errorCode ??= /(?:^|\0)C([0-9A-Z]{5})\0/u.exec(each.toString('latin1', 5))?.[1];
    }
  }
}
