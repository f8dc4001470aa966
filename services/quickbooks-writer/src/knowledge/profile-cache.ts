import type { Clock } from '@tillstream/kernel';
import { type CompanyProfile, type CompanyAccount, readProfile } from '@tillstream/quickbooks';
import type { CompanyReader, Trail } from '../company/company-port.js';
import { valueOf } from '../company/remote-answer.js';
import { SingleFlight } from '../company/single-flight.js';

/** Set-up of one company: read at first use, again daily and after its connection changed. */
export class ProfileCache {
  readonly #reading = new SingleFlight<CompanyProfile>();
  #held: { readonly profile: CompanyProfile; readonly readAt: number } | null = null;

  constructor(
    private readonly company: CompanyReader,
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
  ) {}

  async get(trail: Trail): Promise<CompanyProfile> {
    const held = this.#held;
    if (held && this.clock.now() - held.readAt < this.maxAgeMs) return held.profile;
    return this.#reading.run('profile', async () => {
      const readAt = this.clock.now();
      const profile = valueOf(
        await this.company.read(trail, (api, caller) => readProfile(api, caller)),
        this.company.pausedUntil(),
      );
      this.#held = { profile, readAt };
      return profile;
    });
  }

  /** An account of ours was just created. */
  addAccount(account: CompanyAccount): void {
    if (!this.#held) return;
    const { profile, readAt } = this.#held;
    const others = profile.accounts.filter(({ id }) => id !== account.id);
    this.#held = { profile: { ...profile, accounts: [...others, account] }, readAt };
  }

  /** Wall clock, ms, of the last look; -Infinity when nothing is remembered. */
  get readAt(): number {
    return this.#held?.readAt ?? Number.NEGATIVE_INFINITY;
  }

  forget(): void {
    this.#held = null;
  }
}
