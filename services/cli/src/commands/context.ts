import { PermanentError } from '@tillstream/kernel';
import { Option } from 'commander';
import type { Api } from '../api/api.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a command has to work with. */
export interface Context {
  readonly terminal: Terminal;
  /** The instance; throws when there is none, so commands that need none do not ask. */
  readonly api: () => Api;
  /** Says how the process is to end. */
  readonly done: (exitCode: number) => void;
}

export interface JsonOption {
  readonly json?: boolean;
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(jsonText(value));
}

/** JSON whose control characters are escaped, also those that JSON would leave (U+007F to U+009F). Pure. */
export function jsonText(value: unknown): string {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(/[^\P{Cc}\n]/gu, escape);
}

export const ENTITIES = ['orders', 'customers', 'products'] as const;
export const TARGETS = ['quickbooks', 'supabase'] as const;

export const jsonOption = () => new Option('--json', 'print JSON on stdout, for scripts');
export const targetOption = (about = 'only this target') => new Option('--target <target>', about).choices(TARGETS);
export const entityOption = () => new Option('--entity <entity>', 'only this entity').choices(ENTITIES);

/** `a,b` and repeated options alike. */
export function collected(text: string, before: readonly string[] = []): string[] {
  const words = text.split(',').map((word) => word.trim());
  return [...before, ...words.filter((word) => word !== '')];
}

export function usage(message: string): PermanentError {
  return new PermanentError('usage', message);
}

/** A whole number of at least 1. Throws `usage`. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw usage(`"${text}" is no whole number above 0`);
  return value;
}
