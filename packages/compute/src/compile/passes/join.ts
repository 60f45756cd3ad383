import { concat, pad } from '../../graph/build/shaping.ts';
import { add } from '../../graph/build/elementwise.ts';
import { isOp, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass } from './pass.ts';

/** A tensor put into zeros along one axis. */
interface Placed {
  readonly part: Tensor;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly whole: number;
}

function placedOf(term: Tensor): Placed | undefined {
  const { node } = term;
  if (!isOp(node, 'pad')) return undefined;
  const { before, after, between, value } = node.attributes;
  if (value !== 0 || between.some((gap) => gap !== 0)) return undefined;
  const axes = before.flatMap((width, axis) => (width === 0 && after[axis] === 0 ? [] : [axis]));
  const [axis] = axes;
  if (axis === undefined || axes.length !== 1) return undefined;
  const part = node.inputs[0] as Tensor;
  const start = before[axis];
  const length = part.shape[axis];
  const whole = term.shape[axis];
  if (typeof start !== 'number' || typeof length !== 'number' || typeof whole !== 'number') return undefined;
  return { part, axis, start, end: start + length, whole };
}

/** The terms of a sum of tensors of one shape, inner sums being opened. */
const termsOf = (tensor: Tensor): Tensor[] =>
  isOp(tensor.node, 'add') &&
  tensor.node.inputs.every(
    (input) =>
      input.shape.length === tensor.shape.length && input.shape.every((length, axis) => length === tensor.shape[axis]),
  )
    ? tensor.node.inputs.flatMap(termsOf)
    : [tensor];

function join(node: Node): Tensor | undefined {
  const output = node.outputs[0] as Tensor;
  const terms = termsOf(output);
  const placed = terms.flatMap((term) => placedOf(term) ?? []);
  const [first] = placed;
  if (first === undefined || placed.length < 2) return undefined;
  const sorted = placed.filter((each) => each.axis === first.axis).toSorted((a, b) => a.start - b.start);
  const isRun =
    sorted.length === placed.length &&
    sorted.every((each, index) => index === 0 || sorted[index - 1]?.end === each.start);
  const [low] = sorted;
  const high = sorted.at(-1);
  if (!isRun || low === undefined || high === undefined) return undefined;
  const joined = concat(
    sorted.map((each) => each.part),
    first.axis,
  );
  const filled = pad(
    joined,
    output.shape.map((_, axis) => (axis === first.axis ? [low.start, first.whole - high.end] : [0, 0])),
  );
  const others = terms.filter((term) => placedOf(term) === undefined);
  return others.reduce((total, term) => add(total, term), filled);
}

/** Parts of one tensor that were padded with zeros and added up are put side by side: the gradient of a split. */
export const joinParts: Pass = nodePass((node) => {
  if (!isOp(node, 'add')) return undefined;
  const joined = join(node);
  return joined && [joined];
});
