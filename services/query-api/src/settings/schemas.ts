import { Settings } from '@tillstream/contracts';
import { z } from 'zod';

const Version = z.int().min(0).meta({ description: 'The version this document was read at.' });

/** What GET answers and PUT takes: the whole document. */
export const SettingsView = z.strictObject({ version: Version, ...Settings.shape });
/** A PUT without a version is a conflict, not a mistake in the form (contract section 4). */
export const PutSettingsBody = z.strictObject({ version: Version.optional(), ...Settings.shape });
