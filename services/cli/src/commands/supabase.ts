import { type Command, InvalidArgumentError } from 'commander';
import { type Context, type JsonOption, jsonOption, printJson } from './context.js';

interface SchemaOptions extends JsonOption {
  readonly prefix: string;
  readonly schema: string;
}

export function supabaseCommand(program: Command, context: Context): void {
  const command = program.command('supabase').description('The tables in Supabase');
  command
    .command('schema')
    .description('print the SQL that makes the tables; safe to run again')
    .option('--prefix <prefix>', 'setting supabase.tablePrefix', matching(/^[a-z][a-z0-9_]{0,30}$/), 'woo_')
    .option('--schema <schema>', 'schema of the connection', matching(/^[a-z_][a-z0-9_]{0,62}$/), 'public')
    .addOption(jsonOption())
    .action((options: SchemaOptions) => printSchema(context, options));
}

/** Names become part of SQL: only plain ones are taken. */
function matching(pattern: RegExp): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new InvalidArgumentError('Small letters, digits and "_" only.');
    return text;
  };
}

async function printSchema({ terminal }: Context, { prefix, schema, json }: SchemaOptions): Promise<void> {
  const { schemaSql } = await import('@tillstream/supabase');
  const sql = schemaSql({ schema, prefix });
  if (json) printJson(terminal, { schema, prefix, sql });
  else terminal.out(sql.trimEnd());
}
