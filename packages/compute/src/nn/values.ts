import { parameter } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Tree, TreeOf } from '../graph/tree.ts';

/** Parameters in memory: a plain named tree of numbers, as `init…` gives and files keep. */
export type Values = TreeOf<HostArray>;

/** A tree of the same form, its arrays being replaced. */
export type ReplaceArrays<T, Leaf> = T extends HostArray ? Leaf : { [K in keyof T]: ReplaceArrays<T[K], Leaf> };

export interface NamedValue {
  /** Names from the root, joined by dots, as `leavesOf` gives them for tensors. */
  readonly path: string;
  readonly value: HostArray;
}

const isArray = (node: Values): node is HostArray => 'data' in node && node.data instanceof Float64Array;
const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** The arrays in the order of the tree, with their paths. */
export function valuesOf(values: Values, path = ''): NamedValue[] {
  if (isArray(values)) return [{ path, value: values }];
  return Object.entries(values).flatMap(([name, child]) => valuesOf(child as Values, join(path, name)));
}

function replace(values: Values, change: (value: HostArray, path: string) => unknown, path: string): unknown {
  if (isArray(values)) return change(values, path);
  if (Array.isArray(values))
    return values.map((child: Values, index) => replace(child, change, join(path, String(index))));
  const entries = Object.entries(values).map(([name, child]) => [
    name,
    replace(child as Values, change, join(path, name)),
  ]);
  return Object.fromEntries(entries);
}

/** A tree of the same form with anything in place of the arrays. */
export const mapValues = <T extends Values, Leaf>(
  values: T,
  change: (value: HostArray, path: string) => Leaf,
  path = '',
): ReplaceArrays<T, Leaf> => replace(values, change, path) as ReplaceArrays<T, Leaf>;

/** A tree of the same form with other arrays. */
export const changeValues = <T extends Values>(values: T, change: (value: HostArray, path: string) => HostArray): T =>
  replace(values, change, '') as T;

/** `parametersFor` where the form of the tree is not known. */
export const parameterTree = (values: Values, path = ''): Tree =>
  replace(values, ({ shape, dtype }, name) => parameter(name, shape, dtype), path) as Tree;

/**
 * The tree of graph parameters that stands for these values: what `apply…` takes.
 *
 * @param path what the names of the parameters begin with.
 * @example
 * const values = initLinear(key(1), 4, 2);
 * const y = applyLinear(parametersFor(values), parameter('x', ['B', 4]));
 */
export const parametersFor = <T extends Values>(values: T, path = ''): ReplaceArrays<T, Tensor> =>
  parameterTree(values, path) as ReplaceArrays<T, Tensor>;

/**
 * One tree of several trees of the same form: its arrays have these along a new first axis, as `vmap` takes them.
 *
 * @throws {RangeError} Where there is none, or one lacks an array of the first.
 * @example
 * const ensemble = stackValues(split(key(1), 10).map((own) => initMlp(own, [23, 256, 1])));
 */
export function stackValues<T extends Values>(members: readonly T[]): T {
  const [first] = members;
  if (first === undefined) throw new RangeError('cannot stack trees, as there must be at least one: there is none');
  const leaves = members.map((member) => new Map(valuesOf(member).map(({ path, value }) => [path, value.data])));
  return changeValues(first, ({ dtype, shape, data }, path) => {
    const stacked = new Float64Array(members.length * data.length);
    for (const [index, own] of leaves.entries()) {
      const part = own.get(path);
      if (part?.length !== data.length)
        throw new RangeError(
          `cannot stack trees, as each must have ${path} of ${data.length} elements: tree ${index} has ${part?.length ?? 'none'}`,
        );
      stacked.set(part, index * data.length);
    }
    return { dtype, shape: [members.length, ...shape], data: stacked };
  });
}

/** How many numbers a tree holds. */
export const countValues = (values: Values): number =>
  valuesOf(values).reduce((total, { value }) => total + value.data.length, 0);
