import { mul } from '../../graph/build/elementwise.ts';
import { sameShape } from '../../graph/dimension.ts';
import { isOp, makeTensor, type Node, type Tensor } from '../../graph/tensor.ts';
import { rebuild } from '../../graph/traverse.ts';
import { remakeWithBody, type Pass } from './pass.ts';

/** Products by their left side. */
type Products = Map<Tensor, Node<'matmul'>[]>;

/** `Y · V`, if it has been made. */
function productOf(y: Tensor, v: Tensor, products: Products): Tensor | undefined {
  const found = (products.get(y) ?? []).find(({ inputs, attributes }) => {
    const { transposeA, transposeB, alpha } = attributes;
    return inputs[1] === v && !transposeA && !transposeB && alpha === 1;
  });
  return found?.outputs[0];
}

function shortened(node: Node<'sum'>, products: Products): Tensor | undefined {
  const factors = (node.inputs[0] as Tensor).node;
  const { axes } = node.attributes;
  if (!isOp(factors, 'mul') || axes.length !== 1 || axes[0] !== (node.inputs[0] as Tensor).shape.length - 1)
    return undefined;
  for (const place of [0, 1]) {
    const product = factors.inputs[place] as Tensor;
    const y = factors.inputs[1 - place] as Tensor;
    if (!isOp(product.node, 'matmul') || !sameShape(product.shape, y.shape)) continue;
    const [a, v] = product.node.inputs as [Tensor, Tensor];
    const { transposeA, transposeB, alpha } = product.node.attributes;
    const seen = productOf(y, v, products);
    const [long, short] = [product.shape.at(-1), a.shape.at(-1)];
    if (typeof long !== 'number' || typeof short !== 'number' || short >= long) continue;
    if (transposeA || !transposeB || alpha !== 1 || seen === undefined || !sameShape(seen.shape, a.shape)) continue;
    return makeTensor('sum', [mul(a, seen)], { axes: [a.shape.length - 1] });
  }
  return undefined;
}

/**
 * `Σⱼ (A Vᵀ)ⱼ Yⱼ` is `Σ_d A_d (Y V)_d`: where `Y V` is known and its rows are shorter, as in the gradient of attention,
 * their sum takes the place of a sum over all scores.
 *
 * @source Dao et al., "FlashAttention" (2022), appendix B.2, for this step of the gradient.
 */
export const shortenRowSums: Pass = (outputs) => {
  const products: Products = new Map();
  return rebuild(outputs, new Map(), {
    every: true,
    remake: (node, inputs) => {
      const made = remakeWithBody(node, inputs, shortenRowSums);
      const now = made[0]?.node;
      if (now === undefined) return made;
      if (isOp(now, 'matmul')) {
        const left = now.inputs[0] as Tensor;
        products.set(left, [...(products.get(left) ?? []), now]);
      }
      const better = isOp(now, 'sum') ? shortened(now, products) : undefined;
      return better ? [better] : made;
    },
  });
};
