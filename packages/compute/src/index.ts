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
  pickLeaves,
  withLeaves,
  type NamedLeaf,
  type Tree,
  type TreeOf,
  type WithLeaves,
} from './graph/tree.ts';
export type { HostArray, ProductForm } from './graph/rule.ts';
export { opFamilies, ops, withoutGradient } from './graph/ops.ts';
export { gradients, vectorJacobian } from './grad/reverse.ts';
export * from './grad/transform.ts';
export { perExampleGradientNorms, vmap, type InAxis } from './grad/vmap.ts';
export { evaluate, hostArray, type EvaluateOptions } from './reference/evaluate.ts';
export { lower } from './compile/lower.ts';
export { foldInTensor, keyTensor, normal, randomBits, splitKeyTensor, uniform } from './random/keys.ts';
export { bits, foldIn, key, normals, split as splitKey, uniforms } from './random/host.ts';
export type { KeyWords } from './random/philox.ts';
export {
  compile,
  defaultCompileOptions,
  passes,
  type CompiledGraph,
  type CompileOptions,
  type CompileRequest,
  type PassName,
  type ProductSite,
  type ValueSpec,
} from './compile/compile.ts';
export { repeatStep } from './compile/steps.ts';
export { bucketLength, paddingMask, segmentMask } from './compile/sizes.ts';
export * from './onnx/index.ts';
export {
  checkpointDefaults,
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointOptions,
} from './files/checkpoint.ts';
export { fromFileTensor, toFileTensor } from './files/convert.ts';
export type { FileDataType, FileTensor, FileTensors } from './files/file-tensor.ts';
export {
  openSafetensors,
  writeSafetensors,
  writeShardedSafetensors,
  type SafetensorsReader,
} from './files/safetensors-files.ts';
export { defaultSafetensorsLimits, type SafetensorsEntry, type SafetensorsLimits } from './files/safetensors-header.ts';
export { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from './files/safetensors.ts';
export { ComputeRuntimeError, type RuntimeErrorCode } from './runtime/errors.ts';
export type { TensorInput } from './runtime/inputs.ts';
export {
  createAveraging,
  createOptimizer,
  optimizerDefaults,
  optimizerStates,
  type Optimizer,
  type OptimizerRule,
  type OptimizerSlot,
  type OptimizerStep,
} from './runtime/optimizer.ts';
export {
  createProductTuner,
  productTunerDefaults,
  type ProductTuner,
  type ProductTunerOptions,
} from './runtime/product-tuner.ts';
export { lengthMask, packSequences, type PackedRows } from './runtime/padding.ts';
export {
  createParameterStore,
  openParameterStore,
  parameterStoreDefaults,
  type ParameterReader,
  type ParameterShape,
  type ParameterStore,
  type ParameterStoreHandle,
  type ParameterStoreOptions,
  type Snapshot,
} from './runtime/parameter-store.ts';
export {
  createProgramCache,
  programCacheDefaults,
  type ProgramCache,
  type ProgramCacheOptions,
} from './runtime/program-cache.ts';
export type { CompiledProgram, StepsOptions, UpdateSettings } from './runtime/program.ts';
export {
  createRuntime,
  runtimeDefaults,
  type LoadOptions,
  type ProgramUpdate,
  type Runtime,
  type RuntimeOptions,
} from './runtime/runtime.ts';
export {
  alignedBytes,
  allocateTensor,
  createArena,
  type RuntimeDataType,
  type SharedTensor,
  type TensorArena,
  type TensorArray,
} from './runtime/shared-tensor.ts';
export * from './distributions/index.ts';
export * from './models/index.ts';
export * from './nn/index.ts';
export * from './optim/index.ts';
