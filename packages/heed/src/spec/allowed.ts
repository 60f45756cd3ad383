import type { JsonObject } from './common.ts';
import type { Baseline, Candidate, Condition } from './loop.ts';

/** Items that may not be chosen: those named in the request, and those that a condition of the loop meets. */
export function excludedItems(
  conditions: readonly Condition[],
  context: JsonObject,
  candidates: readonly Candidate[],
  named: readonly string[] = [],
): Set<string> {
  const excluded = new Set(named);
  for (const condition of conditions) {
    if (condition.from === 'context') {
      if (meets(condition, context[condition.field])) for (const { item } of candidates) excluded.add(item);
      continue;
    }
    for (const { item, features } of candidates) if (meets(condition, features[condition.field])) excluded.add(item);
  }
  return excluded;
}

/** What the baseline would do: the first `size` allowed items in its order. */
export function baselineItems(
  baseline: Baseline,
  candidates: readonly Candidate[],
  excluded: ReadonlySet<string>,
  size: number,
): string[] {
  const allowed = candidates.filter(({ item }) => !excluded.has(item));
  return order(baseline, allowed)
    .slice(0, size)
    .map(({ item }) => item);
}

function order(baseline: Baseline, allowed: readonly Candidate[]): readonly Candidate[] {
  switch (baseline.type) {
    case 'given':
      return allowed;
    case 'item':
      return allowed.toSorted((a, b) => Number(b.item === baseline.item) - Number(a.item === baseline.item));
    case 'field': {
      const sign = baseline.order === 'ascending' ? 1 : -1;
      const key = (candidate: Candidate): number => {
        const value = candidate.features[baseline.field];
        return typeof value === 'number' ? sign * value : Infinity;
      };
      return allowed.toSorted((a, b) => compare(key(a), key(b)));
    }
  }
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function meets({ is, value }: Condition, actual: unknown): boolean {
  switch (is) {
    case 'equal':
      return actual === value;
    case 'notEqual':
      return actual !== value;
    case 'above':
      return typeof actual === 'number' && typeof value === 'number' && actual > value;
    case 'below':
      return typeof actual === 'number' && typeof value === 'number' && actual < value;
    case 'includes':
      return (
        (Array.isArray(actual) && actual.includes(value)) ||
        (typeof actual === 'string' && typeof value === 'string' && actual.includes(value))
      );
  }
}
