import { RowFault } from '../../evaluation/index.ts';
import type { Policy, PolicyRequest } from '../../spec/index.ts';
import { prefixOf } from './acted.ts';

/** Ways to fill a slate that are counted through, for one decision. */
const mostOrders = 500;

/**
 * Where a policy puts items: `P(item at place k)`, exactly, by the sum over all ways to fill the places up to it.
 *
 * @param items whose places are asked for.
 * @returns a row for each item, with an entry for each of the `request.size` places.
 */
export function placesOf(policy: Policy, request: PolicyRequest, items: readonly string[]): Float64Array[] {
  const allowed = request.candidates.map(({ item }) => item).filter((item) => !request.excluded.has(item));
  const size = Math.min(request.size, allowed.length);
  let orders = 1;
  for (let place = 0; place < size; place += 1) orders *= allowed.length - place;
  if (orders > mostOrders)
    throw new RowFault(`a slate must have at most ${mostOrders} ways to be filled for its places to be known`, orders);
  const rows = new Map(items.map((item) => [item, new Float64Array(size)]));

  function fill(before: readonly string[]): void {
    const place = before.length;
    for (const item of allowed) {
      if (before.includes(item)) continue;
      const row = rows.get(item);
      const filled = [...before, item];
      if (row !== undefined) row[place] = (row[place] ?? 0) + prefixOf(policy, request, filled, place + 1);
      if (place + 1 < size) fill(filled);
    }
  }

  fill([]);
  return items.map((item) => rows.get(item) ?? new Float64Array(size));
}

/** Attention that an item gets: `Σ_k P(item at k) θ_k`. */
export function exposureOf(places: Float64Array, attention: readonly number[]): number {
  return places.reduce((sum, probability, place) => sum + probability * (attention[place] ?? 0), 0);
}
