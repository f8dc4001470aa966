import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';

const inflaters = { gzip: promisify(gunzip), br: promisify(brotliDecompress) };

/** What we can read, as `accept-encoding`. */
export const ACCEPT_ENCODING = Object.keys(inflaters).join(', ');

/** The body as text; `maxBytes` bounds what a small compressed body may become. Rejects when it does not decompress. */
export async function decodeBody(raw: Buffer, encoding: string | undefined, maxBytes: number): Promise<string> {
  const inflate = raw.length > 0 ? inflaters[encoding as keyof typeof inflaters] : undefined;
  const plain = inflate === undefined ? raw : await inflate(raw, { maxOutputLength: maxBytes });
  return plain.toString('utf8');
}
