import type { OpAttributes, OpName } from './attributes.ts';
import type { Shape } from './dimension.ts';
import type { DType } from './dtype.ts';
import { tableOfOps } from './installed.ts';

/** The shape and element type of a value. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One use of an op. Never changed once made; its number grows in the order of making. */
export interface Node<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attributes: OpAttributes[K];
  readonly outputs: readonly Tensor[];
}

/** An expression: the value that one output of a node will have. */
export interface Tensor extends TensorType {
  readonly node: Node;
  readonly index: number;
}

/** A function as data: its outputs, in terms of its inputs. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A number stands for a constant of the other operand's element type. */
export type TensorLike = Tensor | number;

let made = 0;

/** Makes a node, its outputs' shapes being inferred by the op's shape rule. */
export function makeNode<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
): readonly Tensor[] {
  const types = tableOfOps()[op].infer(inputs, attributes);
  made += 1;
  const outputs: Tensor[] = [];
  const node: Node = { id: made, op, inputs, attributes, outputs };
  for (const [index, type] of types.entries()) outputs.push({ node, index, shape: type.shape, dtype: type.dtype });
  return outputs;
}

/** `makeNode` for an op with one output. */
export function makeTensor<K extends OpName>(op: K, inputs: readonly Tensor[], attributes: OpAttributes[K]): Tensor {
  return makeNode(op, inputs, attributes)[0] as Tensor;
}

/** Whether a node is of this op; narrows its attributes. */
export const isOp = <K extends OpName>(node: Node, op: K): node is Node<K> => node.op === op;

/** Whether a value is an expression, and not a tree or a number. */
export const isTensor = (value: unknown): value is Tensor =>
  typeof value === 'object' && value !== null && 'node' in value && 'index' in value && 'dtype' in value;
