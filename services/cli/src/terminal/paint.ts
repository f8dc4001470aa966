import type pc from 'picocolors';

type Colours = ReturnType<typeof pc.createColors>;

/** States as words of tables: what is fine, what asks for attention, what is wrong. */
const COLOUR_OF = new Map<string, 'green' | 'yellow' | 'red'>([
  ...['ok', 'completed', 'connected', 'resolved', 'create', 'update'].map((word) => [word, 'green'] as const),
  ...['completed with errors', 'note', 'unverified', 'retrying', 'open', 'hold', 'cancelled'].map(
    (word) => [word, 'yellow'] as const,
  ),
  ...['NOT OK', 'failed', 'error', 'needs reconnect'].map((word) => [word, 'red'] as const),
]);

/** A cell that is nothing but such a word in its colour; other texts stay as they are. */
export function painted(cell: string, colours: Colours): string {
  const colour = COLOUR_OF.get(cell);
  return colour === undefined ? cell : colours[colour](cell);
}
