import { createHash } from 'node:crypto';

/**
 * Reads `1-10`, `3`, `1-4,9`.
 * @throws RangeError where it is none of these.
 */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? first);
    if (match === null || last < first || last - first >= 10_000)
      throw new RangeError(`cannot run, as seeds must be like 1-10 or 3,5,8: they are ${text}`);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return [...new Set(seeds)];
}

/** Seeds that nobody can have tried before the commit was made: eight hexadecimal digits of a hash each. */
export function seedsOfCommit(commit: string, count: number): number[] {
  return Array.from({ length: count }, (_, index) =>
    Number.parseInt(createHash('sha256').update(`${commit} seed ${index}`).digest('hex').slice(0, 8), 16),
  );
}
