import type { Bindings } from '../graph/dimension.ts';
import { concrete, namesOf } from '../graph/dimension.ts';
import type { DType } from '../graph/dtype.ts';
import type { EmitOptions } from '../graph/rule.ts';
import { productKey } from '../graph/rules/products.ts';
import type { Tensor } from '../graph/tensor.ts';
import { isOp } from '../graph/tensor.ts';
import { nodesOf } from '../graph/traverse.ts';
import { leavesOf, type NamedLeaf, type Tree } from '../graph/tree.ts';
import type { OnnxModel } from '../onnx/types.ts';
import { bind } from './bind.ts';
import { defaultEmitOptions, lower } from './lower.ts';
import { shareActivations } from './passes/activations.ts';
import { foldConstants } from './passes/fold.ts';
import { fuseAlpha, fuseGemm, fuseSums } from './passes/fuse.ts';
import { joinParts } from './passes/join.ts';
import type { Pass } from './passes/pass.ts';
import { shortenRowSums } from './passes/row-sums.ts';
import { mergeScans, pruneScans } from './passes/scans.ts';
import { scatterIntoTerms } from './passes/scatter.ts';
import { shareCommon } from './passes/share.ts';
import { simplify } from './passes/simplify.ts';
import { unfoldConvolutions } from './passes/unfold.ts';

/** The passes in the order in which they run; each may be turned off. */
export const passes = {
  mergeScans,
  unfoldConvolutions,
  foldConstants,
  simplify,
  joinParts,
  shareActivations,
  shareCommon,
  shortenRowSums,
  scatterIntoTerms,
  fuseAlpha,
  fuseGemm,
  fuseSums,
  pruneScans,
} as const satisfies Record<string, Pass>;

export type PassName = keyof typeof passes;

export interface CompileOptions extends EmitOptions {
  /** Which passes run. */
  readonly passes: Readonly<Record<PassName, boolean>>;
}

export const defaultCompileOptions: CompileOptions = {
  ...defaultEmitOptions,
  passes: {
    mergeScans: true,
    unfoldConvolutions: true,
    foldConstants: true,
    simplify: true,
    joinParts: true,
    shareActivations: true,
    shareCommon: true,
    shortenRowSums: true,
    scatterIntoTerms: true,
    fuseAlpha: true,
    fuseGemm: true,
    fuseSums: true,
    pruneScans: true,
  },
};

/** An input or output of a compiled graph. */
export interface ValueSpec {
  readonly name: string;
  readonly dtype: DType;
  /** A text is a dimension left open. */
  readonly shape: readonly (number | string)[];
}

/** A product that may be written in several forms; the fastest is found by measuring. */
export interface ProductSite {
  readonly key: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

export interface CompiledGraph {
  readonly model: OnnxModel;
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly products: readonly ProductSite[];
}

export interface CompileRequest {
  /** Parameters, by the name they will have: the path in the tree. */
  readonly inputs: Tree;
  readonly outputs: Tree;
  /** Lengths of named dimensions; those not listed stay open. */
  readonly bindings?: Bindings;
  readonly options?: Partial<CompileOptions>;
}

const specOf = ({ path, tensor }: NamedLeaf): ValueSpec => ({
  name: path,
  dtype: tensor.dtype,
  shape: tensor.shape.map((length) => (typeof length === 'number' ? length : length.key)),
});

/** Lengths for the names that are bound; the others stand for themselves. */
function bindSome(tensors: readonly Tensor[], bindings: Bindings): Tensor[] {
  const names = new Set(nodesOf(tensors).flatMap((node) => node.outputs.flatMap((output) => namesOf(output.shape))));
  const open = [...names].filter((name) => bindings[name] === undefined);
  if (names.size === 0) return [...tensors];
  if (open.length > 0) {
    if (open.length === names.size) return [...tensors];
    throw new RangeError(`cannot compile, as all named dimensions must be bound, or none: ${open.join(', ')} is not`);
  }
  return bind(tensors, bindings);
}

/**
 * Turns expressions into an ONNX model: binds lengths, runs the passes, writes nodes.
 *
 * The model is made for ONNX Runtime, some of whose operators ONNX itself does not define; with `options: { portable:
 * true }` it has none of these, and others read it.
 *
 * @throws RangeError where an expression uses a parameter that is not among the inputs.
 * @example
 * const x = parameter('x', ['B', 4]);
 * const { model } = compile({ inputs: { x }, outputs: { y: softmax(x) }, bindings: { B: 32 } });
 */
export function compile(request: CompileRequest): CompiledGraph {
  const options: CompileOptions = { ...defaultCompileOptions, ...request.options };
  const inputs = leavesOf(request.inputs);
  const outputs = leavesOf(request.outputs);
  // Scans that share steps are known by the identity of their bodies, so they are merged before anything is rebuilt.
  const inputTensors = inputs.map((input) => input.tensor);
  let tensors = outputs.map((output) => output.tensor);
  if (options.passes.mergeScans) tensors = mergeScans(tensors);
  const bound = bindSome([...tensors, ...inputTensors], request.bindings ?? {});
  tensors = bound.slice(0, tensors.length);
  tensors = optimise(tensors, options);
  const namedInputs = inputs.map(({ path }, index) => ({ path, tensor: bound[outputs.length + index] as Tensor }));
  const namedOutputs = outputs.map(({ path }, index) => ({ path, tensor: tensors[index] as Tensor }));
  return {
    model: lower(namedInputs, namedOutputs, options),
    inputs: namedInputs.map(specOf),
    outputs: namedOutputs.map(specOf),
    products: productsOf(tensors),
  };
}

/** Runs the passes that are on, but for the merging of scans, which needs the original expressions. */
function optimise(outputs: readonly Tensor[], options: CompileOptions): Tensor[] {
  let tensors = [...outputs];
  for (const name of Object.keys(passes) as PassName[]) {
    if (name !== 'mergeScans' && options.passes[name]) tensors = passes[name](tensors);
  }
  return tensors;
}

function productsOf(outputs: readonly Tensor[]): ProductSite[] {
  const sites = new Map<string, ProductSite>();
  for (const node of nodesOf(outputs)) {
    if (isOp(node, 'scan')) for (const site of productsOf(node.attributes.body.outputs)) sites.set(site.key, site);
    if (!isOp(node, 'matmul')) continue;
    const [a, b] = node.inputs as [Tensor, Tensor];
    const { transposeA, transposeB } = node.attributes;
    if (!transposeA && !transposeB) continue;
    if ([...a.shape, ...b.shape].some((length) => typeof length !== 'number')) continue;
    const key = productKey(a.shape, b.shape, node.attributes);
    sites.set(key, { key, a: concrete(a.shape), b: concrete(b.shape), ...node.attributes });
  }
  return [...sites.values()];
}
