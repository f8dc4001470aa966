import type { Check } from '@tillstream/contracts';
import { SCHEMA_VERSION, type SchemaState, type SupabaseFailure } from '@tillstream/supabase';
import { asFailure } from './apply-works.js';
import type { Project } from './project.js';

const PRINT_SQL = 'Run the SQL that "tillstream supabase schema" prints in the SQL editor of the project.';

/** Real calls, reads only; says plainly what to fix. A check that could not be made is not listed. */
export async function testConnection(project: Project): Promise<readonly Check[]> {
  const installs = await project.canInstall();
  try {
    const { route } = await project.peek();
    const state = await route.check();
    return [reached(), allowed(), tables(state, installs), ...access(state, installs)];
  } catch (thrown) {
    return refused(asFailure(thrown), installs);
  }
}

const check = (name: string, ok: boolean, detail: string): Check => ({ name, ok, detail });
const reached = () => check('project', true, 'The project answers.');
const allowed = () => check('access', true, 'Key or database user is accepted.');

function refused({ problem, message }: SupabaseFailure, installs: boolean): Check[] {
  if (problem === 'supabase_schema_missing') {
    return [reached(), allowed(), tables({ version: null, tables: [] }, installs)];
  }
  if (problem === 'supabase_access_denied')
    return [check('access', false, `${message} Check key or database URL and the grants: ${PRINT_SQL}`)];
  return [check('project', false, message)];
}

function tables({ version }: SchemaState, installs: boolean): Check {
  const name = 'tables';
  if (version !== null && version >= SCHEMA_VERSION)
    return check(name, true, `Tables and functions are there (version ${version}).`);
  const what =
    version === null
      ? 'Tables and functions are not there yet'
      : `Tables and functions have version ${version}, ${SCHEMA_VERSION} is needed`;
  return installs
    ? check(name, true, `${what}: the first run creates them.`)
    : check(name, false, `${what}. ${PRINT_SQL}`);
}

function access({ tables: found }: SchemaState, installs: boolean): Check[] {
  const names = (wrong: readonly { name: string }[]) => wrong.map(({ name }) => name).join(', ');
  const closed = found.filter(({ writable }) => !writable);
  const open = found.filter((table) => !table.rowSecurity || table.open);
  const fix = installs ? 'The owner of the database has to grant it.' : PRINT_SQL;
  return [
    closed.length === 0
      ? check('grants', true, 'All tables can be read and written.')
      : check('grants', false, `No right to read and write ${names(closed)}. ${fix}`),
    open.length === 0
      ? check('rowSecurity', true, 'Row security is on and the public roles have no access.')
      : check('rowSecurity', false, `${names(open)}: row security is off or the public may read. ${PRINT_SQL}`),
  ];
}
