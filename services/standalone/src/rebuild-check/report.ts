import type { RebuildCheck } from './check.js';

const SHOWN = 20;

/** One line per collection, then where documents differ. Pure. */
export function checkLines({ drained, collections, ok }: RebuildCheck): string[] {
  const width = Math.max(...collections.map(({ name }) => name.length));
  const differences = collections.flatMap((each) => each.differences);
  return [
    ...(drained === 0 ? [] : [`${drained} documents had events that were not in the log yet; they are now.`]),
    ...collections.map(
      (each) =>
        `${each.name.padEnd(width)}  ${String(each.documents).padStart(8)} folded  ${String(each.differences.length).padStart(6)} differ`,
    ),
    ...differences
      .slice(0, SHOWN)
      .map(({ collection, id, path }) => `  DIFFERS ${collection}/${id} at ${path || '(whole)'}`),
    ok ? 'Everything stored is the fold of the log.' : 'NOT EVERYTHING STORED IS THE FOLD OF THE LOG.',
  ];
}
