import { greedyNext, uniformShare } from '../math/index.ts';
import { withUniform } from './exploration.ts';
import type { Branch } from './mixture.ts';

/** Branches of a choice that is made already: this row of so many, less what the least probability gives to the others. */
export function chosenBranches(
  { row, name }: { readonly row: number; readonly name: string },
  count: number,
  leastProbability: number,
): readonly Branch[] {
  const chosen = Float64Array.from({ length: count }, (_, index) => (index === row ? 1 : 0));
  return withUniform(uniformShare(0, leastProbability, count), {
    name,
    next: (taken) => greedyNext(chosen, taken).map(Math.log),
  });
}
