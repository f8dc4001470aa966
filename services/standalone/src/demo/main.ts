import { asError } from '@tillstream/kernel';
import { readDemoOptions } from './options.js';
import { tellTheStory } from './story.js';

try {
  const agreed = await tellTheStory(readDemoOptions(process.argv.slice(2)), (line) =>
    process.stdout.write(`${line}\n`),
  );
  process.exit(agreed ? 0 : 1);
} catch (thrown) {
  process.stderr.write(`demo: ${asError(thrown).message}\n`);
  process.exit(1);
}
