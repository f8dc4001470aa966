import type { CanonicalOrder } from '@tillstream/contracts';
import { cleanText, truncate } from './text.js';

const NOTE_LENGTH = 4000;

/** `woo:1042`: identity of an order over all sources (B7). */
export function sourceOf(order: CanonicalOrder): string {
  return `${order.source}:${order.id}`;
}

/** `Woo order <number>`, further lines, and the ownership marker alone on the last one (B7). */
export function privateNote(order: CanonicalOrder, marker: string, lines: readonly string[], isUs: boolean): string {
  const title = `${order.source === 'woo' ? 'Woo' : order.source} order ${order.number || order.id}`;
  const text = [title, ...lines].map((line) => cleanText(line, isUs)).join('\n');
  return `${truncate(text, NOTE_LENGTH - marker.length - 1)}\n${marker}`;
}
