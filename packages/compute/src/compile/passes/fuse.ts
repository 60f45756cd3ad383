import { reshape } from '../../graph/build/shaping.ts';
import { sameShape, sizeOf, type Dimension } from '../../graph/dimension.ts';
import { isOp, makeTensor, type Node, type Tensor } from '../../graph/tensor.ts';
import { nodePass, type Pass, type UsesAt } from './pass.ts';
import { uniformValue } from './simplify.ts';

/** The product by a known factor takes it as its alpha. */
function intoAlpha(node: Node, usesAt: UsesAt): Tensor | undefined {
  if (!isOp(node, 'mul')) return undefined;
  const [a, b] = node.inputs as [Tensor, Tensor];
  const factor = uniformValue(b);
  const output = node.outputs[0] as Tensor;
  if (factor === undefined || !isOp(a.node, 'matmul') || usesAt(0) > 1 || !sameShape(a.shape, output.shape))
    return undefined;
  return makeTensor('matmul', a.node.inputs, { ...a.node.attributes, alpha: a.node.attributes.alpha * factor });
}

/** All axes but the last as one. */
const rows = (x: Tensor): Tensor => reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) as Dimension]);

/** `A · B + c` for matrices, or for a stack of matrices with one shared B, as one op. */
function intoGemm(node: Node, usesAt: UsesAt): Tensor | undefined {
  if (!isOp(node, 'add')) return undefined;
  const output = node.outputs[0] as Tensor;
  for (const place of [0, 1]) {
    const product = node.inputs[place] as Tensor;
    const bias = node.inputs[1 - place] as Tensor;
    if (!isOp(product.node, 'matmul') || usesAt(place) > 1 || product.dtype !== 'float32') continue;
    const [a, b] = product.node.inputs as [Tensor, Tensor];
    const isRow = bias.shape.length === 1;
    if (b.shape.length !== 2 || !sameShape(product.shape, output.shape)) continue;
    if (a.shape.length === 2 && bias.shape.length <= 2)
      return makeTensor('gemm', [a, b, bias], product.node.attributes);
    if (a.shape.length > 2 && isRow && !product.node.attributes.transposeA)
      return reshape(makeTensor('gemm', [rows(a), b, bias], product.node.attributes), output.shape);
  }
  return undefined;
}

const fused = (rewrite: (node: Node, usesAt: UsesAt) => Tensor | undefined): Pass =>
  nodePass((node, usesAt) => {
    const better = rewrite(node, usesAt);
    return better && [better];
  });

/** `A · B + C`, `C` being as large as the product: the sum is made where the product is written. */
function intoSum(node: Node, usesAt: UsesAt): Tensor | undefined {
  if (!isOp(node, 'add')) return undefined;
  const output = node.outputs[0] as Tensor;
  // The later product of two: the other one is there by then.
  for (const place of [1, 0]) {
    const product = node.inputs[place] as Tensor;
    const other = node.inputs[1 - place] as Tensor;
    if (!isOp(product.node, 'matmul') || usesAt(place) > 1 || product.dtype !== 'float32') continue;
    const [a, b] = product.node.inputs as [Tensor, Tensor];
    const { transposeA } = product.node.attributes;
    if (a.shape.length < 3 || b.shape.length !== 2 || transposeA) continue;
    if (!sameShape(product.shape, output.shape) || !sameShape(other.shape, output.shape)) continue;
    return reshape(makeTensor('gemm', [rows(a), b, rows(other)], product.node.attributes), output.shape);
  }
  return undefined;
}

/** Known factors of a product go into its alpha. */
export const fuseAlpha: Pass = fused(intoAlpha);
/** A product and the sum after it become one Gemm. */
export const fuseGemm: Pass = fused(intoGemm);
/** A product of a stack of matrices by one shared matrix and the sum with another stack become one Gemm. */
export const fuseSums: Pass = fused(intoSum);
