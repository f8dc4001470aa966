import { base32Digest } from '@tillstream/kernel';
import { z } from 'zod';

/** What JSON calls an object; its content is checked elsewhere or is nobody's business here. */
const jsonObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

/**
 * The envelope of every event on every topic of ours (D3, D4). `producer` is the id of the state document it comes
 * from, `seq` is gapless per producer and topic, `eventNumber` is gapless per producer over all its topics (rebuild
 * order). `facts` hold ids, hashes, amounts and outcomes; `payload` holds personal data and can be erased later.
 */
export const StoredEvent = z.object({
  id: z.string(),
  type: z.string(),
  schemaVersion: z.literal(1),
  producer: z.string(),
  seq: z.int().min(1),
  eventNumber: z.int().min(1),
  tenantId: z.string(),
  occurredAt: z.string(),
  facts: jsonObject,
  payload: jsonObject.optional(),
});
export type StoredEvent = z.infer<typeof StoredEvent>;

/** The event's id: the same event appended twice has the same one. */
export function eventId(producer: string, topic: string, seq: number): string {
  return base32Digest([producer, topic, String(seq)], 130);
}
