import type { Explanation } from '../spec/index.ts';

/** What a part of a score is called and adds. */
interface Term {
  readonly name: string;
  readonly value: number;
}

/**
 * The terms of a sum on the scale of the rewards. Of a logistic score each has a share in proportion to its part of the sum.
 *
 * @param link turns the sum into a reward.
 * @param width of the declared range: what a term counts where the sum is 0.
 */
export function termsOfReward(terms: readonly Term[], link: (sum: number) => number, width: number): Term[] {
  const sum = terms.reduce((total, { value }) => total + value, 0);
  const slope = sum === 0 ? width : (link(sum) - link(0)) / sum;
  return terms.map(({ name, value }) => ({ name, value: slope * value }));
}

/**
 * Adds up terms of one name, keeps the `most` largest by absolute value (equals by name), and puts the remainder
 * into `rest`, so that `score = Σ terms + rest`.
 */
export function combineTerms(terms: readonly Term[], score: number, most: number): Pick<Explanation, 'terms' | 'rest'> {
  const sums = new Map<string, number>();
  for (const { name, value } of terms) sums.set(name, (sums.get(name) ?? 0) + value);
  const largest = [...sums]
    .filter(([, value]) => value !== 0)
    .toSorted(([a, first], [b, second]) => Math.abs(second) - Math.abs(first) || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name, value]) => ({ name, value }));
  return { terms: largest, rest: largest.reduce((left, { value }) => left - value, score) };
}
