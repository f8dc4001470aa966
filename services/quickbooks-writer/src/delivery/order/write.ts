import { formatMinor } from '@tillstream/kernel';
import { isHeld } from '@tillstream/quickbooks';
import type { RemoteDocument } from '../../ledger/domain/index.js';
import { afterRefusal, afterWrite, isAsPredicted } from './domain/standing.js';
import type { Failure, Write } from './domain/step.js';
import { effectOf } from './effects.js';
import { entryFor, type Walk } from './walk.js';

/** One write through the effect ledger; what it came to stands in the walk. Throws a Deferral when it has to wait. */
export async function written(walk: Walk, write: Write): Promise<Walk> {
  const { env, standing } = walk;
  const end = await env.company.perform(env.trail, effectOf(walk, write));
  forgetNumber(walk, write);
  if (end.kind === 'done') {
    if (!('because' in write)) noticeDifference(walk, write, end.remote);
    return { ...walk, standing: afterWrite(standing, write, end.state) };
  }
  if (mayMeanChanged(end.failure)) env.profiles.forget();
  const entry = await entryFor(env, write.document);
  return entry === null ? walk : { ...walk, standing: afterRefusal(standing, write, entry, end.failure) };
}

/** The number is in use from now on, or somebody else has it. */
function forgetNumber({ env }: Walk, { step, document }: Write): void {
  if (step === 'create' && document.kind === 'invoice' && !isHeld(document.plan)) {
    env.docNumbers.forget(document.plan.docNumber);
  }
}

/** The company is not what it was remembered as: a closed period, an account made inactive. */
function mayMeanChanged({ kind }: Failure): boolean {
  return kind !== 'stale' && kind !== 'duplicate_doc_number';
}

function noticeDifference({ env }: Walk, { document }: Write, remote: RemoteDocument): void {
  if (isAsPredicted(document, remote)) return;
  const { kind, predicted, currency } = document;
  const text = (minor: number | null) => (minor === null ? '?' : formatMinor(minor, currency));
  const expected = `${text(predicted.totalMinor)} (tax ${text(predicted.taxMinor)})`;
  const actual = `${text(remote.totalMinor)} (tax ${text(remote.taxMinor)})`;
  env.logger.error({ kind, remoteId: remote.id, expected, actual }, 'QuickBooks computed another amount');
}
