import type { Explanation } from '../spec/index.ts';

/**
 * Adds up terms of one name, keeps the `most` largest by absolute value (equals by name), and puts the remainder
 * into `rest`, so that `score = Σ terms + rest`.
 */
export function combineTerms(
  terms: readonly { readonly name: string; readonly value: number }[],
  score: number,
  most: number,
): Pick<Explanation, 'terms' | 'rest'> {
  const sums = new Map<string, number>();
  for (const { name, value } of terms) sums.set(name, (sums.get(name) ?? 0) + value);
  const largest = [...sums]
    .filter(([, value]) => value !== 0)
    .toSorted(([a, first], [b, second]) => Math.abs(second) - Math.abs(first) || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([name, value]) => ({ name, value }));
  return { terms: largest, rest: largest.reduce((left, { value }) => left - value, score) };
}
