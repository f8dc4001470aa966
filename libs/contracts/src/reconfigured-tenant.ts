import { decodeEvent } from './events.js';

/** Whose connections or settings changed; null for every other event, and for what cannot be read. */
export function reconfiguredTenant(value: string): string | null {
  try {
    const { type, tenantId } = decodeEvent(value);
    return type === 'ConnectionChanged' || type === 'SettingsChanged' ? tenantId : null;
  } catch {
    return null;
  }
}
