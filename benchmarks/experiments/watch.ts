import { createComparison } from '../../packages/heed/src/evaluation/experiment/index.ts';
import { createRandom } from '../../packages/heed/src/math/index.ts';

/** Mean of the control's outcomes. */
export const base = 0.1;
const critical = 1.959963984540054;

export interface Watched {
  /** Units after which 0 was left out for the first time; `null`: never. */
  readonly crossedAt: number | null;
  /** The same of the z-test for proportions, repeated at every unit from the hundredth on. */
  readonly naiveAt: number | null;
  /** Whether the z-test finds a difference at the end, looked at then alone. */
  readonly fixed: boolean;
}

/** Two arms of coins, treated ones with `lift` more heads, looked at after every unit. */
export function watch(seed: string, units: number, lift: number): Watched {
  const { uniform } = createRandom(seed);
  const comparison = createComparison({ share: 0.5 });
  const [count, heads] = [
    [0, 0],
    [0, 0],
  ] as [[number, number], [number, number]];
  let crossedAt: number | null = null;
  let naiveAt: number | null = null;
  let z = 0;
  for (let unit = 1; unit <= units; unit += 1) {
    const arm = uniform() < 0.5 ? 1 : 0;
    const outcome = uniform() < base + arm * lift ? 1 : 0;
    comparison.observe({ treated: arm === 1, outcome });
    count[arm] += 1;
    heads[arm] += outcome;
    if (crossedAt === null) {
      const { lower, upper } = comparison.result();
      if (lower > 0 || upper < 0) crossedAt = unit;
    }
    const pooled = (heads[0] + heads[1]) / unit;
    z = (heads[1] / count[1] - heads[0] / count[0]) / Math.sqrt(pooled * (1 - pooled) * (1 / count[0] + 1 / count[1]));
    if (naiveAt === null && unit >= 100 && Math.abs(z) > critical) naiveAt = unit;
  }
  return { crossedAt, naiveAt, fixed: Math.abs(z) > critical };
}
