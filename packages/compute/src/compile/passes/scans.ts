import { isOp, makeNode, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodesOf, rebuild } from '../../graph/traverse.ts';
import { remakeWithBody, type Pass } from './pass.ts';

const sameTensors = (a: readonly Tensor[], b: readonly Tensor[]): boolean =>
  a.length === b.length && a.every((tensor, index) => tensor === b[index]);

/** Whether two scans do the same steps, though they may give other values of them. */
function sameSteps(a: Node<'scan'>, b: Node<'scan'>): boolean {
  const { carries } = a.attributes;
  return (
    carries === b.attributes.carries &&
    a.attributes.reverse === b.attributes.reverse &&
    sameTensors(a.inputs, b.inputs) &&
    sameTensors(a.attributes.body.inputs, b.attributes.body.inputs) &&
    sameTensors(a.attributes.body.outputs.slice(0, carries), b.attributes.body.outputs.slice(0, carries))
  );
}

function makeMerged(node: Node<'scan'>, inputs: readonly Tensor[], stacked: readonly Tensor[]): readonly Tensor[] {
  const { body, carries } = node.attributes;
  const outputs = [...body.outputs.slice(0, carries), ...stacked];
  return makeNode('scan', inputs, { ...node.attributes, body: { inputs: body.inputs, outputs } });
}

/** A forward scan and the one that its gradient made to see its insides become one scan with the outputs of both. */
export const mergeScans: Pass = (outputs) => {
  const scans = nodesOf(outputs).filter((node) => isOp(node, 'scan'));
  const groups: Node<'scan'>[][] = [];
  for (const scan of scans) {
    const group = groups.find(([first]) => first !== undefined && sameSteps(first, scan));
    if (group === undefined) groups.push([scan]);
    else group.push(scan);
  }
  const wanted = new Map<Node, Node<'scan'>[]>();
  for (const group of groups) if (group.length > 1) for (const scan of group) wanted.set(scan, group);
  const merged = new Map<Node<'scan'>[], readonly Tensor[]>();
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const group = wanted.get(node);
      if (group === undefined || !isOp(node, 'scan')) return remakeWithBody(node, inputs, mergeScans);
      const union = group.flatMap((scan) => scan.attributes.body.outputs.slice(scan.attributes.carries));
      const { carries, body } = node.attributes;
      const unique = [...new Set(union)];
      const outer = merged.get(group) ?? makeMerged(node, inputs, unique);
      merged.set(group, outer);
      return body.outputs.map((output, index) =>
        index < carries ? (outer[index] as Tensor) : (outer[carries + unique.indexOf(output)] as Tensor),
      );
    },
  });
};

/** Drops what a scan stacks but nobody reads, stacks equal values once, and what it only hands through not at all. */
export const pruneScans: Pass = (outputs) => {
  const used = new Set<Tensor>(outputs);
  for (const node of nodesOf(outputs)) for (const input of node.inputs) used.add(input);
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const [first] = remakeWithBody(node, inputs, pruneScans);
      if (first === undefined) return [];
      return isOp(first.node, 'scan') && isOp(node, 'scan')
        ? prune(first.node, (index) => used.has(node.outputs[index] as Tensor))
        : first.node.outputs;
    },
  });
};

function prune(node: Node<'scan'>, isUsed: (output: number) => boolean): readonly Tensor[] {
  const { body, constants, carries } = node.attributes;
  const firstX = constants + carries;
  const places = body.outputs.map((output, index) => {
    if (index < carries) return undefined;
    const x = body.inputs.indexOf(output);
    return x >= firstX ? node.inputs[x] : undefined;
  });
  const kept = [
    ...new Set(body.outputs.filter((_, index) => index >= carries && isUsed(index) && places[index] === undefined)),
  ];
  const bodyOutputs = [...body.outputs.slice(0, carries), ...kept];
  const needed = new Set(nodesOf(bodyOutputs).flatMap((each) => each.outputs));
  // One x must stay: it says how many steps there are.
  const lastX = body.inputs.length - 1;
  const anyX = body.inputs.slice(firstX).some((input) => needed.has(input));
  const keeps = (input: Tensor, index: number): boolean =>
    (index >= constants && index < firstX) || needed.has(input) || (!anyX && index === lastX);
  const keptInputs = body.inputs.filter(keeps);
  if (keptInputs.length === body.inputs.length && bodyOutputs.length === body.outputs.length) return node.outputs;
  const made = makeNode(
    'scan',
    node.inputs.filter((_, index) => keeps(body.inputs[index] as Tensor, index)),
    {
      ...node.attributes,
      constants: body.inputs.slice(0, constants).filter(keeps).length,
      xs: body.inputs.filter((input, index) => index >= firstX && keeps(input, index)).length,
      body: { inputs: keptInputs, outputs: bodyOutputs },
    },
  );
  return body.outputs.map((output, index) => {
    if (index < carries) return made[index] as Tensor;
    return places[index] ?? made[carries + kept.indexOf(output)] ?? (node.outputs[index] as Tensor);
  });
}
