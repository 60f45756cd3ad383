import { td3Workload } from './td3.ts';
import type { Workload } from './workload.ts';
import { decoderWorkload, gruWorkload, mlpWorkload, unetWorkload } from './workloads.ts';

const small = { width: 128, layers: 4, heads: 4, batch: 16, places: 64 };
const large = { width: 384, layers: 6, heads: 6, batch: 8, places: 128 };

/** What is trained, in the order of importance, as a quick run may not come to the last. */
export const workloads: readonly (() => Workload)[] = [
  () => mlpWorkload('mlp', 256, 16),
  () => mlpWorkload('mlpSmallBatch', 32, 64),
  () => decoderWorkload('decoderSmall', small, 2),
  () => td3Workload(16),
  () => gruWorkload(32, 32, 128, 2),
  () => unetWorkload(32, 2),
  () => decoderWorkload('decoderLarge', large, 1),
];
