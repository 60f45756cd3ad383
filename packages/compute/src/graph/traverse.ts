import type { Node, Tensor } from './tensor.ts';
import { makeNode } from './tensor.ts';

/** The nodes that outputs depend on, each after what it depends on. Inputs' own nodes end the search. */
export function nodesOf(outputs: readonly Tensor[], ends: ReadonlySet<Tensor> = new Set()): Node[] {
  const seen = new Set<Node>();
  const pending = outputs.filter((output) => !ends.has(output)).map((output) => output.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (!ends.has(input) && !seen.has(input.node)) pending.push(input.node);
  }
  // A node is made after its inputs, so its number orders it.
  return [...seen].toSorted((a, b) => a.id - b.id);
}

/** The nodes, of those given in order, that depend on any of these tensors. */
export function dependents(nodes: readonly Node[], sources: ReadonlySet<Tensor>): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes) {
    if (node.outputs.some((output) => sources.has(output))) found.add(node);
    else if (node.inputs.some((input) => sources.has(input) || found.has(input.node))) found.add(node);
  }
  return found;
}

/** Makes a node's outputs anew on other inputs. */
export type Remake = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[];

const remakeNode: Remake = (node, inputs) => makeNode(node.op, inputs, node.attributes);

/**
 * Rebuilds expressions with some tensors replaced. What does not change stays the same object.
 *
 * @param remake makes a node on its new inputs; called for changed nodes only, unless `every` is set.
 */
export function rebuild(
  outputs: readonly Tensor[],
  replaced: Map<Tensor, Tensor>,
  options: { readonly remake?: Remake; readonly every?: boolean } = {},
): Tensor[] {
  const remake = options.remake ?? remakeNode;
  const current = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  for (const node of nodesOf(outputs, new Set(replaced.keys()))) {
    if (node.outputs.every((output) => replaced.has(output))) continue;
    const inputs = node.inputs.map(current);
    const changed = inputs.some((input, index) => input !== node.inputs[index]);
    if (!changed && options.every !== true) continue;
    const made = remake(node, inputs);
    for (const [index, output] of node.outputs.entries()) {
      const instead = made[index];
      if (instead !== undefined && instead !== output && !replaced.has(output)) replaced.set(output, instead);
    }
  }
  return outputs.map(current);
}
