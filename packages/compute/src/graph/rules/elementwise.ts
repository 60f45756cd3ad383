import type { OpName } from '../attributes.ts';
import { alignBatched, broadcastInputs, sumTo } from '../broadcast.ts';
import { where } from '../build/elementwise.ts';
import { isFloating, isStored, type DType } from '../dtype.ts';
import { opError } from '../errors.ts';
import type { BatchContext, EmitContext, GradientContext, OpRule } from '../rule.ts';
import { makeNode, type Node, type Tensor, type TensorType } from '../tensor.ts';
import { sameShape } from '../dimension.ts';
import { at, stretched } from './helpers.ts';

/** Which element types an op takes. */
export type Accepts = 'floating' | 'number' | 'signed' | 'bool' | 'uint32' | 'computed' | 'all';

const accepted: Record<Accepts, (dtype: DType) => boolean> = {
  floating: (dtype) => isFloating(dtype) && !isStored(dtype),
  number: (dtype) => dtype !== 'bool' && !isStored(dtype),
  signed: (dtype) => dtype !== 'bool' && dtype !== 'uint32' && !isStored(dtype),
  bool: (dtype) => dtype === 'bool',
  computed: (dtype) => !isStored(dtype),
  uint32: (dtype) => dtype === 'uint32',
  all: () => true,
};

function checkType(op: string, inputs: readonly Tensor[], dtype: DType, accepts: Accepts): void {
  if (accepted[accepts](dtype)) return;
  const hint = isStored(dtype) ? `: ${dtype} is for storage, so cast it first` : '';
  throw opError(op, inputs, `the element type must be ${accepts}${hint}`);
}

export function checkTypes(op: string, inputs: readonly Tensor[], accepts: Accepts): DType {
  const [first] = inputs;
  if (first === undefined) throw opError(op, inputs, 'there must be an input');
  if (inputs.some((input) => input.dtype !== first.dtype)) {
    throw opError(op, inputs, 'element types must be equal: cast one of them');
  }
  checkType(op, inputs, first.dtype, accepts);
  return first.dtype;
}

/** Writes ONNX for one elementwise op, given the names of its inputs. */
export type EmitElementwise = (context: EmitContext, inputs: readonly string[], dtype: DType) => string;

/** Elementwise ops run in front of the batch axis just as well, once ranks are aligned. */
export function batchElementwise<K extends OpName>(context: BatchContext<K>): readonly Tensor[] {
  const { node, inputs, batched, attributes } = context;
  const rank = Math.max(...node.inputs.map((input) => input.shape.length));
  return makeNode(
    node.op,
    inputs.map((input, index) => (at(batched, index) ? alignBatched(input, rank) : input)),
    attributes,
  );
}

/**
 * A gradient that a `where` has set to 0 in places stays 0 there: the mask is taken off, the rule applied, and the mask
 * put on again, so that a derivative that is NaN or infinite where it does not matter does not leak.
 */
function outsideMask(gradient: Tensor): { inner: Tensor; mask?: Tensor } {
  const { node } = gradient;
  const [mask, inner, other] = node.inputs;
  if (node.op !== 'where' || !mask || !inner || !other || !isZero(other)) return { inner: gradient };
  return sameShape(inner.shape, gradient.shape) ? { inner, mask } : { inner: gradient };
}

const isZero = (x: Tensor): boolean =>
  x.node.op === 'constant' && (x.node as Node<'constant'>).attributes.data.every((value) => value === 0);

/** Derivatives in the shape of the output, before the sum over stretched axes. */
export type Partials<K extends OpName> = (
  context: GradientContext<K>,
  gradient: Tensor,
) => readonly (Tensor | undefined)[];

function gradientOf<K extends OpName>(partials: Partials<K>) {
  return (context: GradientContext<K>): readonly (Tensor | undefined)[] => {
    const gradient = context.gradients[0];
    if (gradient === undefined) return context.inputs.map(() => undefined);
    const { inner, mask } = outsideMask(gradient);
    return partials(context, inner).map((partial, index) => {
      if (partial === undefined || !at(context.needed, index)) return undefined;
      const masked = mask === undefined ? partial : where(mask, partial, 0);
      return sumTo(masked, at(context.inputs, index).shape);
    });
  };
}

interface ElementwiseSpec<K extends OpName> {
  readonly summary: string;
  readonly accepts: Accepts;
  /** The output's element type, where it is not the input's. */
  readonly gives?: DType;
  readonly partials: Partials<K> | null;
  readonly why?: string;
  readonly onnx: string | EmitElementwise;
  readonly apply: (a: number, b: number) => number;
}

/** A row for an op that works element by element on inputs of one type. */
export function elementwise<K extends OpName>(op: K, arity: 1 | 2, spec: ElementwiseSpec<K>): OpRule<K> {
  return {
    summary: spec.summary,
    infer: (inputs): TensorType[] => {
      const dtype = checkTypes(op, inputs, spec.accepts);
      return [{ shape: broadcastInputs(op, inputs), dtype: spec.gives ?? dtype }];
    },
    gradient: spec.partials === null ? null : gradientOf(spec.partials),
    ...(spec.why === undefined ? {} : { why: spec.why }),
    batch: batchElementwise,
    emit: (context, node, inputs) => [
      typeof spec.onnx === 'string'
        ? context.add(spec.onnx, inputs)
        : spec.onnx(context, inputs, at(node.inputs, 0).dtype),
    ],
    evaluate: (inputs, _attributes, outputs) => {
      const { shape } = at(outputs, 0);
      const a = stretched(at(inputs, 0), shape);
      if (arity === 1) return [a.map((value) => spec.apply(value, 0))];
      const b = stretched(at(inputs, 1), shape);
      return [a.map((value, index) => spec.apply(value, b[index] ?? 0))];
    },
  };
}

/** A row for an elementwise op whose kernel depends on its attributes. */
export function withAttributes<K extends OpName>(
  row: OpRule<K>,
  changes: {
    readonly emit: (context: EmitContext, node: Node<K>, inputs: readonly string[]) => string;
    readonly apply: (value: number, attributes: Node<K>['attributes']) => number;
    readonly gives?: (attributes: Node<K>['attributes']) => DType;
  },
): OpRule<K> {
  return {
    ...row,
    infer: (inputs, attributes) =>
      row.infer(inputs, attributes).map((type) => ({ ...type, dtype: changes.gives?.(attributes) ?? type.dtype })),
    emit: (context, node, inputs) => [changes.emit(context, node, inputs)],
    evaluate: (inputs, attributes) => [at(inputs, 0).data.map((value) => changes.apply(value, attributes))],
  };
}
