// `npm run rebuild:check [-- FOLDER]`: is everything stored the fold of the log? For a data folder that is not running.
import { loadConfig } from '@tillstream/config';
import { asError, TillstreamError } from '@tillstream/kernel';
import { checkRebuild } from './check.js';
import { checkLines } from './report.js';

try {
  const { dataDir } = loadConfig(process.env);
  const check = await checkRebuild(process.argv[2] ?? dataDir);
  for (const line of checkLines(check)) process.stdout.write(`${line}\n`);
  process.exit(check.ok ? 0 : 1);
} catch (thrown) {
  const code = thrown instanceof TillstreamError ? `${thrown.code}: ` : '';
  process.stderr.write(`rebuild:check: ${code}${asError(thrown).message}\n`);
  process.exit(1);
}
