import { COLLECTIONS, defaultSettings, type Settings, type SettingsDocument, TOPICS } from '@tillstream/contracts';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import { ApiProblem } from '../http/problem.js';
import type { FactStore, Outboxed } from '../outbox/fact-store.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';

export type SettingsAnswer = { readonly version: number } & Settings;

/** `settingsVersion` counts the changes people make; the store's own version also counts bookkeeping. */
type Stored = SettingsDocument & Outboxed & { readonly settingsVersion: number };

const SETTINGS = COLLECTIONS.settings.name;

export class TenantSettings {
  constructor(
    private readonly store: DocumentStore,
    private readonly facts: FactStore,
  ) {}

  /** Version 0 = defaults, never changed. */
  async get(tenantId: string): Promise<SettingsAnswer> {
    return answer(await this.#load(tenantId));
  }

  /** Replaces the whole document. Throws `version_conflict` unless `version` is the current one. */
  put(tenantId: string, version: number | undefined, settings: Settings): Promise<SettingsAnswer> {
    return retryOnConflict(async () => {
      const before = await this.#load(tenantId);
      const current = before?.doc.settingsVersion ?? 0;
      if (version !== current) throw conflict(current);
      const settingsVersion = current + 1;
      const written = await this.facts.write({
        collection: SETTINGS,
        id: tenantId,
        producer: `${SETTINGS}/${tenantId}`,
        before,
        content: { tenantId, settings, settingsVersion },
        facts: [
          { topic: TOPICS.config.name, key: tenantId, type: 'SettingsChanged', facts: { version: settingsVersion } },
        ],
      });
      return written ? { version: settingsVersion, ...settings } : undefined;
    });
  }

  #load(tenantId: string): Promise<Versioned<Stored> | null> {
    return this.store.get<Stored>(SETTINGS, tenantId);
  }
}

function answer(stored: Versioned<Stored> | null): SettingsAnswer {
  if (!stored) return { version: 0, ...defaultSettings() };
  return { version: stored.doc.settingsVersion, ...stored.doc.settings };
}

function conflict(current: number): ApiProblem {
  return new ApiProblem('version_conflict', `The current version is ${current}: read the settings again and send it.`, {
    members: { version: current },
  });
}
