// `npm run stack:up|down|status`: a real Kafka broker and a MongoDB-compatible server for development and for the
// distributed test tier (README.md beside this file). Prints one line of JSON on stdout; what goes wrong is one
// sentence on stderr and exit code 1.
import { parseArgs } from 'node:util';
import { DEFAULT_NAME } from './places.mjs';
import { StackError } from './processes.mjs';
import { down, guard, restart, signal, status, up } from './stack.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    name: { type: 'string', default: DEFAULT_NAME },
    only: { type: 'string' },
    users: { type: 'string' },
    owner: { type: 'string' },
  },
});
const [verb, server, name] = positionals;
const users = values.users ? JSON.parse(values.users) : undefined;

const VERBS = {
  up: () => up(values.name, { only: values.only, users, owner: values.owner }),
  down: () => down(values.name),
  status: () => status(values.name),
  signal: () => signal(values.name, server, name),
  restart: () => restart(values.name, server),
  guard: () => guard(values.name, Number(values.owner)),
};

try {
  const act = VERBS[verb];
  if (!act) throw new StackError(`unknown verb "${verb ?? ''}"; one of: ${Object.keys(VERBS).join(', ')}`);
  process.stdout.write(`${JSON.stringify(await act())}\n`);
  process.exit(0);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  process.stderr.write(`tillstream: ${error.message}\n`);
  process.exit(1);
}
