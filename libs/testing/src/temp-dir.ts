import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A fresh folder and its removal. */
export function tempDir(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tillstream-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
