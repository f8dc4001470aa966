import type { Api } from '../api/api.js';
import type { PlanLine, RunView } from '../api/views.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import { followRun, isFinal } from '../follow/follow-run.js';
import { errorsTable } from '../text/failure-text.js';
import { planSummary, planTable } from '../text/plan-text.js';
import { countsTable, runSentence } from '../text/run-text.js';
import { type Context, printJson } from './context.js';

/** Plan lines that are counted for the summary. */
const MOST_PLANNED = 100_000;
/** Rows of a plan that are shown. */
const PLAN_ROWS = 50;

/** Watches a run to its end, shows what became of it and sets the exit code. */
export async function followAndShow(context: Context, api: Api, syncId: string, json: boolean): Promise<void> {
  const run = await followRun(api, syncId, context.terminal);
  if (run === null) return context.done(EXIT.interrupted);
  await showRun(context, api, run, json);
}

export async function showRun(context: Context, api: Api, run: RunView, json: boolean): Promise<void> {
  const { terminal } = context;
  context.done(exitCodeOf(run.status));
  const plan = run.dryRun && isFinal(run) ? await loadPlan(api, run.syncId) : undefined;
  if (json) {
    printJson(terminal, plan ? { ...run, plan } : run);
    return;
  }
  terminal.out(runSentence(run));
  if (run.failure) terminal.out(`${run.failure.code}: ${run.failure.message}`);
  terminal.table(countsTable(run));
  if (plan) showPlan(context, plan);
  else showErrors(context, run);
}

async function loadPlan(api: Api, syncId: string): Promise<PlanLine[]> {
  return (await api.list<PlanLine>(`/api/sync/status/${syncId}/plan`, {}, MOST_PLANNED)).items;
}

function showPlan({ terminal }: Context, plan: readonly PlanLine[]): void {
  terminal.out('');
  terminal.out('Nothing was written. A run like this would do:');
  terminal.table(planSummary(plan));
  const table = planTable(plan);
  if (table.rows.length === 0) return;
  terminal.out('');
  terminal.table({ ...table, rows: table.rows.slice(0, PLAN_ROWS) });
  const rest = table.rows.length - PLAN_ROWS;
  if (rest > 0) terminal.out(`… and ${rest} more (--json lists all)`);
}

function showErrors({ terminal }: Context, run: RunView): void {
  if (run.errors.length === 0) return;
  terminal.out('');
  terminal.table(errorsTable(run.errors));
  const all = Math.max(run.counts.held + run.counts.failed, run.errors.length);
  const more = all > run.errors.length ? `The first ${run.errors.length}. ` : '';
  terminal.out(`${more}What to do about them: tillstream failures`);
}
