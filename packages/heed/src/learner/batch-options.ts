import { z } from 'zod';
import { treeOptionsSchema } from './batch-oracle.ts';
import { mlpOptionsSchema } from './mlp-oracle.ts';

/** What learners over an oracle that is fitted to batches do where their options say nothing. */
const batchDefaults = { window: 6_000, mostFeatures: 512 } as const;

/** Options that they have in common. */
export const batchFields = {
  window: z.number().int().min(1).default(batchDefaults.window),
  mostFeatures: z.number().int().min(1).max(4_096).default(batchDefaults.mostFeatures),
  trees: treeOptionsSchema.prefault({}),
  mlp: mlpOptionsSchema.prefault({}),
};
