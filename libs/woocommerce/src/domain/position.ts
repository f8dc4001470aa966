import { InvariantError } from '@tillstream/kernel';
import { z } from 'zod';

/** How large pages are at the moment, and since how many of them that went well. */
const PageSize = { perPage: z.int().min(1), calm: z.int().min(0) };

/** `any` is everything but the trash; the trash comes after it, as do refunds whose order may not have moved. */
const ScanList = z.enum(['any', 'trash', 'refunds']);
export type ScanList = z.infer<typeof ScanList>;

const ScanPosition = z.strictObject({
  kind: z.literal('scan'),
  list: ScanList,
  window: z.strictObject({ offset: z.int().min(0), lastId: z.int().min(0), stride: z.int().min(0) }),
  /** The cursor if this pass ends well: the newest change in the shop before it began. */
  cursor: z.string(),
  ...PageSize,
});
export type ScanPosition = z.infer<typeof ScanPosition>;

const IdsPosition = z.strictObject({ kind: z.literal('ids'), index: z.int().min(0), ...PageSize });
export type IdsPosition = z.infer<typeof IdsPosition>;

const Parent = z.strictObject({ id: z.string(), name: z.string(), sku: z.string(), trashed: z.boolean() });
export type Parent = z.infer<typeof Parent>;

/** Between two pages of products: the variations of the page before. */
const VariationsPosition = z.strictObject({
  kind: z.literal('variations'),
  parents: z.array(Parent).min(1),
  /** Where the scan goes on; null = this is the end of it. */
  resume: ScanPosition.nullable(),
  cursor: z.string(),
});
export type VariationsPosition = z.infer<typeof VariationsPosition>;

/** Where reading stands: JSON, kept in the run's state so that a crash goes on exactly there. */
const ReaderPosition = z.discriminatedUnion('kind', [ScanPosition, VariationsPosition, IdsPosition]);
export type ReaderPosition = z.infer<typeof ReaderPosition>;

/** A stored position; throws `position_unreadable` for anything else. */
export function readPosition(stored: unknown): ReaderPosition {
  const read = ReaderPosition.safeParse(stored);
  if (read.success) return read.data;
  throw new InvariantError('position_unreadable', 'the stored scan position is not one of this reader', {
    cause: read.error,
  });
}
