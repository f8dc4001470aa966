// Child of the restore specs: restores with force and kills itself at the given step.
// Arguments: data folder, backup, step.
import { restoreInSteps } from '../src/backup/restore.js';

const [, , dataDir = '', file = '', fatal] = process.argv;
restoreInSteps({ dataDir, file, force: true }, (step) => {
  if (step === fatal) process.kill(process.pid, 'SIGKILL');
});
