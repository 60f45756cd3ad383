import { reshape, slice, stack } from '../graph/build/shaping.ts';
import type { Tensor } from '../graph/tensor.ts';
import { leavesOf, mapTree, withLeaves, type Tree } from '../graph/tree.ts';

/**
 * Writes a training step out several times in a row, so that one call of the graph does several steps.
 *
 * @param step `(state, batch) => ({ state, metrics })`.
 * @param batches leaves have the steps along the first axis.
 * @returns the state after the last step, and the metrics of each stacked along a new first axis.
 */
export function repeatStep<State extends Tree, Batch extends Tree, Metrics extends Tree>(
  step: (state: State, batch: Batch) => { readonly state: State; readonly metrics: Metrics },
  count: number,
): (state: State, batches: Batch) => { readonly state: State; readonly metrics: Metrics } {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`cannot repeat a step, as the count must be a whole number from 1: it is ${count}`);
  }
  return (state, batches) => {
    const at = (index: number): Batch =>
      mapTree(batches, (leaf) => reshape(slice(leaf, 0, { start: index, end: index + 1 }), leaf.shape.slice(1)));
    let result = step(state, at(0));
    const all = [leavesOf(result.metrics)];
    for (let index = 1; index < count; index += 1) {
      result = step(result.state, at(index));
      all.push(leavesOf(result.metrics));
    }
    const stacked = (all[0] ?? []).map((_, leaf) => stack(all.map((leaves) => leaves[leaf]?.tensor as Tensor)));
    return { state: result.state, metrics: withLeaves(result.metrics, stacked) };
  };
}
