// `npm run test:crash`: kills the product at every named point and at random instants, starts it again, waits until it
// has drained, and compares the sandboxes' ledgers. Arguments select scenarios by a part of their name.
import { matrix } from './matrix.js';
import { runScenario, type Scenario, type ScenarioResult } from './scenario.js';

const AT_ONCE = 2;

function line({ scenario, ok, deaths, report, problem, seconds }: ScenarioResult): string {
  const books = report
    ? `${report.documents} documents, ${report.held} held, ${report.skipped} not selected, ${report.payments} payments`
    : 'no books';
  const head = `${ok ? 'ok    ' : 'FAILED'} ${scenario.name.padEnd(34)} requestid ${scenario.requestIdMemory.padEnd(9)} killed ${deaths}x  ${seconds.toFixed(1).padStart(5)} s  ${books}`;
  return problem === undefined ? head : `${head}\n       ${problem}`;
}

async function runAll(scenarios: readonly Scenario[]): Promise<ScenarioResult[]> {
  const queue = [...scenarios];
  const results: ScenarioResult[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await runScenario(next);
      results.push(result);
      process.stdout.write(`${line(result)}\n`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const wanted = process.argv.slice(2);
const scenarios = matrix().filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
const results = await runAll(scenarios);
const failed = results.filter(({ ok }) => !ok).length;
const sum = (pick: (result: ScenarioResult) => number) => results.reduce((total, result) => total + pick(result), 0);
const kinds = (kind: string) =>
  sum(({ report }) => report?.problems.filter((problem) => problem.kind === kind).length ?? 0);
process.stdout.write(
  `\n${results.length} scenarios, ${sum(({ deaths }) => deaths)} kills, ${sum(({ report }) => report?.documents ?? 0)} documents: ` +
    `${kinds('missing')} lost, ${kinds('duplicate') + kinds('payment_duplicate')} duplicates, ${kinds('total_off') + kinds('tax_off')} totals off\n`,
);
process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
