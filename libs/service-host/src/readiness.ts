import { asError } from '@tillstream/kernel';
import type { HealthProvider } from './service.js';

export interface Readiness {
  readonly status: 'ready' | 'unavailable';
  /** `<provider>: <reason>`. */
  readonly reasons: readonly string[];
}

export function readiness(providers: readonly HealthProvider[]): Readiness {
  const reasons = providers.flatMap((provider) => {
    const { ok, reasons: own } = provider.health();
    if (ok) return [];
    return own.length > 0 ? own.map((reason) => `${provider.name}: ${reason}`) : [`${provider.name} is not ready`];
  });
  return { status: reasons.length === 0 ? 'ready' : 'unavailable', reasons };
}

/** A dependency asked by a real call: each look at it asks again in the background and answers what is known so far. */
export function askedNow(name: string, check: () => Promise<void>): HealthProvider {
  let problem: string | undefined;
  let asking = false;
  const ask = async () => {
    asking = true;
    try {
      await check();
      problem = undefined;
    } catch (thrown) {
      problem = asError(thrown).message;
    } finally {
      asking = false;
    }
  };
  return {
    name,
    health: () => {
      if (!asking) void ask();
      return problem === undefined ? { ok: true, reasons: [] } : { ok: false, reasons: [problem] };
    },
  };
}
