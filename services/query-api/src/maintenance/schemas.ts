import { z } from 'zod';

export const StartedRebuild = z.object({ rebuildId: z.string() });
