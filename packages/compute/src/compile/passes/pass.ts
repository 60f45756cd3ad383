import type { Graph, Node, Tensor } from '../../graph/tensor.ts';
import { isOp, makeNode } from '../../graph/tensor.ts';
import { nodesOf, rebuild, type Remake } from '../../graph/traverse.ts';

/** Rewrites expressions into ones of the same value. Parameters stay the same objects. */
export type Pass = (outputs: readonly Tensor[]) => Tensor[];

const sameTensors = (a: readonly Tensor[], b: readonly Tensor[]): boolean =>
  a.every((tensor, index) => tensor === b[index]);

/** Applies a pass to the body of a scan, if the node is one, and makes the node on its inputs. */
export function remakeWithBody(node: Node, inputs: readonly Tensor[], pass: Pass): readonly Tensor[] {
  const unchanged = sameTensors(inputs, node.inputs);
  if (!isOp(node, 'scan')) return unchanged ? node.outputs : makeNode(node.op, inputs, node.attributes);
  const { body } = node.attributes;
  const outputs = pass(body.outputs);
  if (unchanged && sameTensors(outputs, body.outputs)) return node.outputs;
  const changed: Graph = { inputs: body.inputs, outputs };
  return makeNode('scan', inputs, { ...node.attributes, body: changed });
}

/** How often the value that stands at a place among a node's inputs is read, in the graph as it came. */
export type UsesAt = (place: number) => number;

/** How often each tensor is read. */
function countUses(outputs: readonly Tensor[]): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const note = (tensor: Tensor): void => void uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  outputs.forEach(note);
  for (const node of nodesOf(outputs)) node.inputs.forEach(note);
  return uses;
}

/** A pass that looks at every node once its inputs are rewritten; `undefined` keeps the node. */
export function nodePass(rewrite: (node: Node, usesAt: UsesAt) => readonly Tensor[] | undefined): Pass {
  const pass: Pass = (outputs) => {
    const uses = countUses(outputs);
    const remake: Remake = (original, inputs) => {
      const [first] = remakeWithBody(original, inputs, pass);
      if (first === undefined) return [];
      const usesAt: UsesAt = (place) => uses.get(original.inputs[place] as Tensor) ?? 0;
      return rewrite(first.node, usesAt) ?? first.node.outputs;
    };
    return rebuild(outputs, new Map(), { remake, every: true });
  };
  return pass;
}
