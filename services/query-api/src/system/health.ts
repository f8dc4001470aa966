/** A part whose state decides readiness. Reasons are for operators and show no tenant data. */
export interface HealthProvider {
  readonly name: string;
  health(): { readonly ok: boolean; readonly reasons: readonly string[] };
}

export interface Readiness {
  readonly status: 'ready' | 'unavailable';
  readonly reasons: readonly string[];
}

export function readiness(providers: readonly HealthProvider[]): Readiness {
  const reasons = providers.flatMap((provider) => {
    const { name } = provider;
    const state = provider.health();
    if (state.ok) return [];
    return state.reasons.length > 0 ? state.reasons.map((reason) => `${name}: ${reason}`) : [`${name} is not ready`];
  });
  return { status: reasons.length === 0 ? 'ready' : 'unavailable', reasons };
}
