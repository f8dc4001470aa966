/** `1042` -> `woo:1042`; ids that name their source stay as they are (contract section 5). */
export function fullSourceId(id: string): string {
  return id.includes(':') ? id : `woo:${id}`;
}

/** `woo:1042` -> `1042`: as people and the shop write it. */
export function shortSourceId(sourceId: string): string {
  return sourceId.startsWith('woo:') ? sourceId.slice('woo:'.length) : sourceId;
}
