// Writes proto/events/<topic>.schema.json from libs/contracts (`npm run event-schemas`). With `--check`: compares, changes
// nothing. Needs the build. `--folder` writes or compares elsewhere.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { TOPICS, topicSchema } from '@tillstream/contracts';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { check: { type: 'boolean' }, folder: { type: 'string', default: path.join(root, 'proto/events') } },
});
const SUFFIX = '.schema.json';

/** File name -> text, one file per topic of the table. */
const wanted = new Map(
  Object.values(TOPICS).map(({ name }) => [`${name}${SUFFIX}`, `${JSON.stringify(topicSchema(name), null, 2)}\n`]),
);
const published = existsSync(values.folder) ? readdirSync(values.folder).filter((name) => name.endsWith(SUFFIX)) : [];
const abandoned = published.filter((name) => !wanted.has(name));

function isStale([name, text]) {
  const file = path.join(values.folder, name);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
}

if (values.check) {
  const stale = [...[...wanted].filter(isStale).map(([name]) => name), ...abandoned];
  if (stale.length > 0) {
    process.stderr.write(`not what libs/contracts says, run "npm run event-schemas": ${stale.join(', ')}\n`);
  }
  process.exit(stale.length === 0 ? 0 : 1);
}
mkdirSync(values.folder, { recursive: true });
for (const name of abandoned) rmSync(path.join(values.folder, name));
for (const [name, text] of wanted) writeFileSync(path.join(values.folder, name), text);
