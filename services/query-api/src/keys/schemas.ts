import { Role, Timestamp } from '@tillstream/contracts';
import { z } from 'zod';

export const CreateKeyBody = z.strictObject({ name: z.string().trim().min(1).max(100), role: Role });
export const KeyView = z.object({ id: z.string(), name: z.string(), role: Role, createdAt: Timestamp });
/** `key` is shown once. */
export const CreatedKey = KeyView.extend({ key: z.string() });

export const CreateTenantBody = z.strictObject({
  tenantId: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and "-", at most 63'),
  name: z.string().trim().min(1).max(200),
});
export const CreatedTenant = z.object({ tenantId: z.string(), adminKey: z.string() });
