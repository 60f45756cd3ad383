import { constant } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { leavesOf, type Tree } from '../graph/tree.ts';
import { expectClose, expectGradients, runOnnx, type Feeds } from '../graph/testing.ts';
import { evaluate } from '../reference/evaluate.ts';
import { parameterTree, valuesOf, type ReplaceArrays, type Values } from './values.ts';

/** What each parameter of a tree is, in the order of its leaves. */
export function feedsFor(values: Values, parameters: Tree): Map<Tensor, HostArray> {
  const arrays = valuesOf(values);
  return new Map(leavesOf(parameters).map(({ tensor }, index) => [tensor, arrays[index]?.value as HostArray]));
}

/** The numbers of an expression of constants, by the reference. */
export const numbersOf = (tensor: Tensor): number[] => [...(evaluate([tensor], new Map())[0]?.data ?? [])];

/** The same values as constants of a graph, for examples worked by hand. */
export const tensorOf = ({ data, shape, dtype }: HostArray): Tensor => constant(data, { shape, dtype });

/** The largest difference of two lists, relative above 1 and absolute below; infinite where lengths differ. */
export function gapBetween(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const gaps = expected.map((value, index) => Math.abs((actual[index] ?? NaN) - value) / Math.max(1, Math.abs(value)));
  return gaps.some(Number.isNaN) ? Infinity : Math.max(0, ...gaps);
}

/** Compares ONNX Runtime with the reference, and gradients with central differences; how many outputs it looked at. */
export async function expectSound<T extends Values>(
  values: T,
  build: (parameters: ReplaceArrays<T, Tensor>) => readonly Tensor[],
  orders: 1 | 2 = 1,
): Promise<number> {
  const parameters = parameterTree(values);
  const outputs = build(parameters as unknown as ReplaceArrays<T, Tensor>);
  const feeds: Feeds = feedsFor(values, parameters);
  const expected = evaluate(outputs, feeds);
  const actual = await runOnnx(outputs, feeds);
  for (const [index, array] of actual.entries())
    expectClose(array, expected[index] as HostArray, 1e-5, `output ${index}`);
  expectGradients({ inputs: [...feeds.keys()], feeds, outputs }, orders);
  return outputs.length;
}
