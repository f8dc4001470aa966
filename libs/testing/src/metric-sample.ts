import type { Metrics } from '@tillstream/observability';

/** One sample of /metrics by name and labels, e.g. `open_work{state="parked"}`; null when it is not there. */
export async function sampleOf(metrics: Metrics, sample: string): Promise<number | null> {
  const { body } = await metrics.expose();
  const line = body.split('\n').find((one) => one.startsWith(`tillstream_${sample} `));
  return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1));
}
