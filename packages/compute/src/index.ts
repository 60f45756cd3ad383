import './graph/ops.ts';

export {
  constant,
  dimensionSize,
  full,
  iota,
  ones,
  parameter,
  scalar,
  zeros,
  zerosLike,
} from './graph/build/sources.ts';
export * from './graph/build/elementwise.ts';
export * from './graph/build/reductions.ts';
export * from './graph/build/products.ts';
export * from './graph/build/shaping.ts';
export * from './graph/build/indexing.ts';
export * from './graph/build/normalising.ts';
export * from './graph/build/convolution.ts';
export { scan, type ScanOptions, type ScanResult } from './graph/build/scan.ts';
export {
  bindDimension,
  dimension,
  type Bindings,
  type Dimension,
  type DimensionLike,
  type Shape,
  type SymbolicDimension,
} from './graph/dimension.ts';
export { dtypes, isFloating, type DType } from './graph/dtype.ts';
export { isTensor, type Graph, type Node, type Tensor, type TensorLike, type TensorType } from './graph/tensor.ts';
export {
  leavesOf,
  mapLeaves,
  mapTree,
  withLeaves,
  type NamedLeaf,
  type Tree,
  type TreeOf,
  type WithLeaves,
} from './graph/tree.ts';
export type { HostArray, ProductForm } from './graph/rule.ts';
export { firstOrderOnly, opFamilies, ops } from './graph/ops.ts';
export { gradients, vectorJacobian } from './grad/reverse.ts';
export * from './grad/transform.ts';
export { perExampleGradientNorms, vmap, type InAxis } from './grad/vmap.ts';
export { evaluate, hostArray, type EvaluateOptions } from './reference/evaluate.ts';
export { lower } from './compile/lower.ts';
export { foldInTensor, keyTensor, normal, randomBits, splitKeyTensor, uniform } from './random/keys.ts';
export { bits, foldIn, key, normals, split as splitKey, uniforms } from './random/host.ts';
export type { KeyWords } from './random/philox.ts';
