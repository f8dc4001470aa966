import pc from 'picocolors';
import { printable } from '../text/format.js';
import { painted } from './paint.js';
import { plainTable, screenTable, type TableText } from '../text/table.js';

/** Where the command line reads from and writes to; tests and commands know nothing else of the process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative file names count from. */
  readonly cwd: string;
  /** stdout is a screen. */
  readonly isScreen: boolean;
  /** stderr is a screen: progress may be drawn over itself. */
  readonly showsProgress: boolean;
  readonly stderr: NodeJS.WriteStream;
  /** One or more lines of the result. */
  out(text: string): void;
  /** Progress, hints and errors. */
  note(text: string): void;
  table(table: TableText): void;
  stdin(): Promise<string>;
  /** Calls `fn` at Ctrl-C instead of ending; returns how to take it back. */
  onInterrupt(fn: () => void): () => void;
}

const DEFAULT_COLUMNS = 100;

export function processTerminal(process: NodeJS.Process): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const isScreen = stdout.isTTY === true;
  // Somebody closed the pipe (`| head`): what is left to say interests nobody.
  stdout.on('error', () => process.exit(0));
  const colours = pc.createColors(isScreen && !env['NO_COLOR']);
  const paint = (cell: string) => painted(cell, colours);
  const write = (text: string) => void stdout.write(`${text}\n`);
  return {
    env,
    // npm runs scripts in the root of the repository and says where it was called.
    cwd: env['INIT_CWD'] ?? process.cwd(),
    isScreen,
    showsProgress: stderr.isTTY === true,
    stderr,
    // What remotes and shops said stands in these texts.
    out: (text) => write(printable(text)),
    note: (text) => void stderr.write(`${printable(text)}\n`),
    table: (table) =>
      write(isScreen ? screenTable(table, stdout.columns || DEFAULT_COLUMNS, paint) : plainTable(table)),
    stdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    onInterrupt: (fn) => {
      process.on('SIGINT', fn);
      return () => process.removeListener('SIGINT', fn);
    },
  };
}
