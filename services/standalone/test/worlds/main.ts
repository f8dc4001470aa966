// `npm run test:worlds`: random worlds; in each a dry run, then the run itself, which must do what was announced, in as
// many requests as announced; the dry run must not have written anything. `-- 1000 [first]` sets how many.
import { asError } from '@tillstream/kernel';
import { Host } from './host.js';
import { worldCase } from './random-case.js';
import { runWorld, type WorldResult } from './world-case.js';

const AT_ONCE = 3;
const [count = 100, first = 1] = process.argv.slice(2).map(Number);

async function tried(number: number, host: Host): Promise<WorldResult> {
  try {
    return await runWorld(number, worldCase(number), host);
  } catch (thrown) {
    return { lines: 0, writes: 0, problems: [asError(thrown).message] };
  }
}

const host = await Host.start();
const queue = Array.from({ length: count }, (_, index) => first + index);
let [failed, lines, writes] = [0, 0, 0];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
      const result = await tried(number, host);
      lines += result.lines;
      writes += result.writes;
      if (result.problems.length === 0) continue;
      failed += 1;
      process.stdout.write(`FAILED world ${number}\n       ${result.problems.slice(0, 6).join('\n       ')}\n`);
    }
  }),
);
await host.close();
process.stdout.write(
  `\n${count} worlds, ${lines} lines planned and done, ${writes} QuickBooks requests predicted and made\n`,
);
process.stdout.write(`${count - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 && count > 0 ? 0 : 1);
