import { writeSync } from 'node:fs';

export function say(word: string): void {
  writeSync(1, `${process.env['TONE'] === 'loud' ? word.toUpperCase() : word}\n`);
}
