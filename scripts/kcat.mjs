// `npm run show:kcat`: reads sync.events.v1 with kcat, a client that knows nothing of us, from the beginning to the end,
// and validates every record against the published schema. KAFKA_BROKERS and the other KAFKA_* variables are those of the services.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { EventReport } from './kcat-report.mjs';

const TOPIC = 'sync.events.v1';
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix = '' } = process.env;

function fail(message) {
  process.stderr.write(`tillstream: ${message}\n`);
  process.exit(1);
}

function kcatVersion() {
  try {
    return /Version (\S+)/.exec(execFileSync('kcat', ['-V'], { encoding: 'utf8' }))?.[1] ?? '(version unknown)';
  } catch {
    fail('kcat is not on the PATH; install it, on Debian and Ubuntu with: apt-get install -y kcat');
  }
}

/** librdkafka's settings; in a file that only we can read, because a password has no place on a command line. */
function clientSettings() {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = process.env;
  const { KAFKA_SSL_CA: ca } = process.env;
  const protocol = [mechanism ? 'sasl' : '', ca ? 'ssl' : mechanism ? 'plaintext' : ''].filter(Boolean).join('_');
  return [
    ['security.protocol', protocol],
    ['ssl.ca.location', ca],
    ['sasl.mechanisms', mechanism?.toUpperCase()],
    ['sasl.username', username],
    ['sasl.password', password],
  ].flatMap(([name, value]) => (value ? [`${name}=${value}\n`] : []));
}

/** Every record of the topic into the report; resolves with kcat's exit code. */
async function readAll(report, folder) {
  const file = path.join(folder, 'kcat.conf');
  const settings = clientSettings();
  writeFileSync(file, settings.join(''), { mode: 0o600 });
  const secured = settings.length > 0 ? ['-F', file] : [];
  const args = [...secured, '-b', brokers, '-C', '-t', `${prefix}${TOPIC}`, '-o', 'beginning', '-e', '-q', '-J'];
  const kcat = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(kcat, 'exit');
  for await (const line of createInterface({ input: kcat.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    const { partition, offset, key, payload } = JSON.parse(line);
    report.add({ partition, offset, key: key ?? '', value: payload ?? '' });
  }
  const [code] = await exited;
  return code;
}

if (!brokers) fail('KAFKA_BROKERS is not set; "npm run -s stack:up" starts a broker and prints its address');
const version = String(kcatVersion());
const schema = JSON.parse(readFileSync(path.join(root, `proto/events/${TOPIC}.schema.json`), 'utf8'));
const report = new EventReport(schema);
const folder = mkdtempSync(path.join(os.tmpdir(), 'tillstream-kcat-'));
let code;
try {
  code = await readAll(report, folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const byType = [...report.counts].sort(([one], [other]) => one.localeCompare(other));
for (const [type, count] of byType) process.stdout.write(`${String(count).padStart(8)} ${type}\n`);
for (const problem of report.problems) process.stdout.write(`PROBLEM  ${problem}\n`);
if (report.repeated > 0)
  process.stdout.write(`${report.repeated} repeated: a consumer keeps the highest seq per producer\n`);
process.stdout.write(
  `${report.read} events read by kcat ${version}, ${report.matching} match their published schema\n`,
);
if (code !== 0) fail(`kcat ended with ${code}`);
if (report.read === 0) fail(`${prefix}${TOPIC} is empty`);
process.exit(report.matching === report.read ? 0 : 1);
