import { isTensor, type Tensor } from './tensor.ts';

/** Plain nested named values: a leaf, a list, or a record of trees. */
export type TreeOf<Leaf> = Leaf | readonly TreeOf<Leaf>[] | { readonly [name: string]: TreeOf<Leaf> };
/** A tree whose leaves are tensors: parameters, batches, carries. */
export type Tree = TreeOf<Tensor>;

/** A tree of the same form with other leaves. */
export type WithLeaves<T, Leaf> = T extends Tensor ? Leaf : { [K in keyof T]: WithLeaves<T[K], Leaf> };

export interface NamedLeaf {
  /** Names from the root, joined by dots: `layers.0.weight`. */
  readonly path: string;
  readonly tensor: Tensor;
}

/** The leaves in the order of the tree, with their paths. */
export function leavesOf(tree: Tree, path = ''): NamedLeaf[] {
  if (isTensor(tree)) return [{ path, tensor: tree }];
  if (typeof tree !== 'object' || tree === null) {
    throw new TypeError(`cannot read a tree, as every leaf must be a tensor: ${path || 'it'} is ${String(tree)}`);
  }
  return Object.entries(tree).flatMap(([name, child]) =>
    leavesOf(child as Tree, path === '' ? name : `${path}.${name}`),
  );
}

function replaceLeaves(node: Tree, change: (leaf: Tensor, path: string) => unknown, path = ''): unknown {
  if (isTensor(node)) return change(node, path);
  const visit = (child: Tree, name: string): unknown =>
    replaceLeaves(child, change, path === '' ? name : `${path}.${name}`);
  if (Array.isArray(node)) return node.map((child: Tree, index) => visit(child, String(index)));
  return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, visit(child as Tree, name)]));
}

/** A tree of the same form, each tensor being replaced by another. */
export const mapTree = <T extends Tree>(tree: T, change: (leaf: Tensor, path: string) => Tensor): T =>
  replaceLeaves(tree, change) as T;

/** A tree of the same form with anything in place of the tensors: arrays, names, shapes. */
export const mapLeaves = <T extends Tree, Leaf>(
  tree: T,
  change: (leaf: Tensor, path: string) => Leaf,
): WithLeaves<T, Leaf> => replaceLeaves(tree, change) as WithLeaves<T, Leaf>;

/** A tree of the same form with these leaves, in the order of `leavesOf`. */
export function withLeaves<T extends Tree>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0;
  return replaceLeaves(tree, () => {
    next += 1;
    return leaves[next - 1];
  }) as T;
}

/**
 * The leaves that are kept, by path: as outputs they have the names that they had in the tree.
 *
 * @example
 * const outputs = pickLeaves(gradients, (path) => path.startsWith('head.')); // frozen parts need not leave the graph
 */
export const pickLeaves = (
  tree: Tree,
  keep: (path: string, leaf: Tensor) => boolean,
): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    leavesOf(tree).flatMap(({ path, tensor }): [string, Tensor][] => (keep(path, tensor) ? [[path, tensor]] : [])),
  );
