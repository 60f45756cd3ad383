import { add } from '../graph/build/elementwise.ts';
import { matmul } from '../graph/build/products.ts';
import { reshape } from '../graph/build/shaping.ts';
import { closeOver } from '../graph/build/scan.ts';
import { parameter, zerosLike } from '../graph/build/sources.ts';
import { sizeOf } from '../graph/dimension.ts';
import { isFloating } from '../graph/dtype.ts';
import type { GradientContext } from '../graph/rule.ts';
import { isOp, makeNode, makeTensor, type Tensor } from '../graph/tensor.ts';
import { dependents, nodesOf, rebuild } from '../graph/traverse.ts';
import { sparseGradients } from './reverse.ts';

/** One summand of the gradient of what all steps share, and how to get its sum over the steps. */
interface Term {
  /** Values of a step that are stacked, so that one op after the scan does the work of all steps. */
  readonly stacked: readonly Tensor[];
  readonly total: (stacked: readonly Tensor[]) => Tensor;
}

const isFloat = (tensor: Tensor): boolean => isFloating(tensor.dtype);

/** Steps and rows as one axis. */
const fold = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, 2)), x.shape[2] ?? 1]);

/**
 * The summands of a shared gradient. Products of two matrices are not added up step by step: their factors are stacked
 * and multiplied once, over all steps. `undefined` where a summand is of another kind.
 */
function termsOf(gradient: Tensor, shape: Tensor['shape']): readonly Term[] | undefined {
  const { node } = gradient;
  if (isOp(node, 'add')) {
    const [left, right] = node.inputs as [Tensor, Tensor];
    const first = termsOf(left, shape);
    const second = first && termsOf(right, shape);
    return first && second && [...first, ...second];
  }
  if (isOp(node, 'matmul')) {
    const [left, right] = node.inputs as [Tensor, Tensor];
    const { transposeA, transposeB } = node.attributes;
    if (!transposeA || transposeB || left.shape.length !== 2 || right.shape.length !== 2) return undefined;
    const total = ([a, b]: readonly Tensor[]): Tensor => matmul(fold(a as Tensor), fold(b as Tensor), node.attributes);
    return [{ stacked: [left, right], total }];
  }
  const inner = isOp(node, 'reshape') ? node.inputs[0]?.node : node;
  if (inner !== undefined && isOp(inner, 'sum')) {
    const axes = [0, ...inner.attributes.axes.map((axis) => axis + 1)];
    const total = ([x]: readonly Tensor[]): Tensor => reshape(makeTensor('sum', [x as Tensor], { axes }), shape);
    return [{ stacked: [inner.inputs[0] as Tensor], total }];
  }
  return undefined;
}

/** A value of the forward step that the backward step reads, taken from the forward scan or computed again. */
function residualsOf(context: GradientContext<'scan'>, gradients: readonly Tensor[]): Tensor[] {
  const { body, constants, rematerialise } = context.attributes;
  if (rematerialise) return [];
  const forward = nodesOf(body.outputs);
  const inForward = new Set(forward);
  const varying = dependents(forward, new Set(body.inputs.slice(constants)));
  const found = new Set<Tensor>();
  const consider = (tensor: Tensor): void => {
    if (inForward.has(tensor.node) && varying.has(tensor.node) && tensor.node.op !== 'parameter') found.add(tensor);
  };
  gradients.forEach(consider);
  for (const node of nodesOf(gradients)) if (!inForward.has(node)) node.inputs.forEach(consider);
  return [...found];
}

const stackedLike = (tensor: Tensor, name: string): Tensor => parameter(name, tensor.shape, tensor.dtype);

/**
 * The gradient of a scan: a scan in the other direction over the carries (and, unless they are computed again, the
 * insides) of the forward steps. The forward scan that also gives these is merged with the original when compiling.
 */
export function scanGradient(context: GradientContext<'scan'>): readonly (Tensor | undefined)[] {
  const { attributes, inputs, gradients } = context;
  const { body, constants, carries, length, reverse, rematerialise } = attributes;
  const carryInputs = body.inputs.slice(constants, constants + carries);
  const floatCarries = carryInputs.flatMap((tensor, index) => (isFloat(tensor) ? [index] : []));
  const usedYs = body.outputs.flatMap((tensor, index) =>
    index >= carries && gradients[index] !== undefined && isFloat(tensor) ? [index] : [],
  );
  const carrySeeds = floatCarries.map((carry) => stackedLike(carryInputs[carry] as Tensor, `gradient${carry}`));
  const ySeeds = usedYs.map((y) => stackedLike(body.outputs[y] as Tensor, `gradient${y}`));
  const seeds = body.outputs.map((_, index) => {
    const carry = floatCarries.indexOf(index);
    return index < carries ? carrySeeds[carry] : ySeeds[usedYs.indexOf(index)];
  });
  const local = sparseGradients(body.outputs, body.inputs, seeds);

  const shared = body.inputs.slice(0, constants).map((input, index) => {
    const gradient = local[index];
    if (gradient === undefined || context.needed[index] !== true) return undefined;
    return { gradient, terms: termsOf(gradient, input.shape), sum: stackedLike(input, `sum${index}`) };
  });
  const summed = shared.filter((entry) => entry !== undefined && entry.terms === undefined) as {
    gradient: Tensor;
    sum: Tensor;
  }[];
  const stacked = [...new Set(shared.flatMap((entry) => entry?.terms?.flatMap((term) => term.stacked) ?? []))];
  const xGradients = local.slice(constants + carries);
  const neededXs = xGradients.flatMap((gradient, index) => (gradient === undefined ? [] : [index]));

  const backwardOutputs = [
    ...floatCarries.map((carry) => local[constants + carry] ?? zerosLike(carryInputs[carry] as Tensor)),
    ...summed.map(({ gradient, sum }) => add(sum, gradient)),
    ...neededXs.map((index) => xGradients[index] as Tensor),
    ...stacked,
  ];
  const residuals = residualsOf(context, backwardOutputs);
  const saved = forwardValues(context, [...carryInputs, ...residuals]);
  const residualInputs = residuals.map((tensor, index) => stackedLike(tensor, `residual${index}`));
  const outputs = rebuild(
    backwardOutputs,
    new Map(residuals.map((tensor, index) => [tensor, residualInputs[index] as Tensor])),
  );

  const states = [...carrySeeds, ...summed.map(({ sum }) => sum)];
  const xInputs = [...ySeeds, ...carryInputs, ...body.inputs.slice(constants + carries), ...residualInputs];
  const given = [...states, ...xInputs];
  const closed = closeOver([...given, ...body.inputs.slice(0, constants)], outputs);
  const backward = makeNode(
    'scan',
    [
      ...closed.captured,
      ...inputs.slice(0, constants),
      ...floatCarries.map((carry) => gradients[carry] ?? zerosLike(carryInputs[carry] as Tensor)),
      ...summed.map(({ sum }) => zerosLike(sum)),
      ...usedYs.map((y) => gradients[y] as Tensor),
      ...saved.slice(0, carries),
      ...inputs.slice(constants + carries),
      ...saved.slice(carries),
    ],
    {
      body: { inputs: [...closed.placeholders, ...body.inputs.slice(0, constants), ...given], outputs: closed.outputs },
      constants: closed.captured.length + constants,
      carries: states.length,
      xs: xInputs.length,
      length,
      reverse: !reverse,
      rematerialise,
    },
  );
  let next = 0;
  const take = (): Tensor => {
    next += 1;
    return backward[next - 1] as Tensor;
  };
  const byCarry = new Map(floatCarries.map((carry) => [carry, take()]));
  const bySum = new Map(summed.map((entry) => [entry.sum, take()]));
  const byX = new Map(neededXs.map((index) => [index, take()]));
  const byStacked = new Map(stacked.map((tensor) => [tensor, take()]));
  return [
    ...shared.map((entry) => {
      if (entry === undefined) return undefined;
      const parts = entry.terms?.map((term) =>
        term.total(term.stacked.map((tensor) => byStacked.get(tensor) as Tensor)),
      );
      return parts === undefined ? bySum.get(entry.sum) : parts.reduce((total, part) => add(total, part));
    }),
    ...carryInputs.map((_, carry) => byCarry.get(carry)),
    ...xGradients.map((_, index) => byX.get(index)),
  ];
}

/** Values of every forward step, stacked: the forward scan with further outputs. */
function forwardValues(context: GradientContext<'scan'>, values: readonly Tensor[]): readonly Tensor[] {
  const { attributes, inputs } = context;
  const outputs = makeNode('scan', inputs, {
    ...attributes,
    body: { inputs: attributes.body.inputs, outputs: [...attributes.body.outputs, ...values] },
  });
  return outputs.slice(attributes.body.outputs.length);
}
