import type { FaultRule } from '../shared/faults.js';
import { type HttpReply, type HttpRequest, jsonReply } from '../shared/http.js';
import type { SupabaseControl } from './control.js';
import { asDbError } from './errors.js';
import type { SupabaseSwitches } from './switches.js';

/** The control interface over HTTP, for a sandbox that runs as its own process: `METHOD /__sandbox/<name>[/arg]`. */
export async function controlApi(control: SupabaseControl, request: HttpRequest): Promise<HttpReply> {
  const [, , name = '', argument] = request.url.pathname.split('/');
  try {
    return jsonReply(200, (await answer(control, `${request.method} ${name}`, argument, request.body)) ?? {});
  } catch (thrown) {
    const code = asDbError(thrown)?.code;
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    return jsonReply(400, { error, ...(code === undefined ? {} : { code }) });
  }
}

async function answer(
  control: SupabaseControl,
  route: string,
  argument: string | undefined,
  body: string,
): Promise<unknown> {
  switch (route) {
    case 'GET tables':
      return { tables: await control.tables() };
    case 'GET rows':
      return { rows: await control.rows(argument ?? '') };
    case 'POST sql':
      return { rows: await control.sql((JSON.parse(body) as { text: string }).text) };
    case 'GET log':
      return { requests: control.requests, statements: control.statements, writes: control.writes };
    case 'DELETE log':
      return control.clearLog();
    case 'GET faults':
      return { rules: control.faultRules, fired: control.firedFaults };
    case 'POST faults':
      return { ids: (JSON.parse(body) as { rules: FaultRule[] }).rules.map((rule) => control.addFault(rule)) };
    case 'DELETE faults':
      return control.clearFaults(argument);
    case 'PATCH switches':
      return control.set(JSON.parse(body) as Partial<SupabaseSwitches>);
    case 'POST reload-schema-cache':
      return control.reloadSchemaCache();
    case 'POST terminate-connections':
      return control.terminateConnections();
    default:
      throw new RangeError(`no control ${route}`);
  }
}
