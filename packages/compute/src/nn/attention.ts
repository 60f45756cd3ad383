import { add, and, cast } from '../graph/build/elementwise.ts';
import { maskedSoftmax, softmax } from '../graph/build/normalising.ts';
import { matmul } from '../graph/build/products.ts';
import { concat, reshape, transpose } from '../graph/build/shaping.ts';
import { multiplyDimensions, subtractDimensions, type Dimension } from '../graph/dimension.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';
import { applyDropout } from './dropout.ts';
import type { Initialiser } from './initialisers.ts';
import { applyLinear, initLinear, type LinearParameters } from './linear.ts';
import { causalBias, causalMask } from './masks.ts';
import { rotate, type Rotation } from './rotary.ts';

/** Linear maps of what asks (`query`), what is asked (`key`, `value`) and what comes out (`output`). */
export type AttentionParameters<Leaf = Tensor> = {
  readonly query: LinearParameters<Leaf>;
  readonly key: LinearParameters<Leaf>;
  readonly value: LinearParameters<Leaf>;
  readonly output: LinearParameters<Leaf>;
};

export interface AttentionInitOptions {
  /** How many heads keys and values have; queries share them in groups. By default as many as queries. */
  readonly keyValueHeads?: number;
  /** By default the width divided by the heads. */
  readonly headWidth?: number;
  readonly bias?: boolean;
  readonly initialiser?: Initialiser;
  readonly outputInitialiser?: Initialiser;
}

/**
 * First values of multi-head attention.
 *
 * @throws RangeError where widths do not divide into heads, or heads into groups.
 */
export function initAttention(
  key: KeyWords,
  width: number,
  heads: number,
  options: AttentionInitOptions = {},
): AttentionParameters<HostArray> {
  const { keyValueHeads = heads, headWidth = width / heads, bias = false, initialiser } = options;
  const { outputInitialiser = initialiser } = options;
  if (!Number.isInteger(headWidth) || !Number.isInteger(heads / keyValueHeads))
    throw new RangeError(
      `cannot make attention, as width must divide into heads and heads into key-value heads: they are ${width}, ${heads} and ${keyValueHeads}`,
    );
  const [queryKey, keyKey, valueKey, outputKey] = split(key, 4) as [KeyWords, KeyWords, KeyWords, KeyWords];
  const inner = { bias, ...(initialiser && { weightInitialiser: initialiser }) };
  const outer = { bias, ...(outputInitialiser && { weightInitialiser: outputInitialiser }) };
  return {
    query: initLinear(queryKey, width, heads * headWidth, inner),
    key: initLinear(keyKey, width, keyValueHeads * headWidth, inner),
    value: initLinear(valueKey, width, keyValueHeads * headWidth, inner),
    output: initLinear(outputKey, heads * headWidth, width, outer),
  };
}

/** Keys (already rotated) and values of places: [batch, key-value heads, places, head width] each. */
export type KeyValues<Leaf = Tensor> = { readonly keys: Leaf; readonly values: Leaf };

export interface AttentionOptions {
  readonly heads: number;
  readonly keyValueHeads?: number;
  /** A place sees itself and those before it, all of `past` among them. */
  readonly causal?: boolean;
  /** Which places may be seen: bool that broadcasts to [batch, 1, places that ask, past + places]. */
  readonly mask?: Tensor;
  /** Turns queries and keys: the rotation of the new places, that is from `past` on. */
  readonly rotation?: Rotation;
  /** What earlier places left: the new ones see them too. */
  readonly past?: KeyValues;
  readonly dropout?: { readonly rate: number; readonly key: Tensor };
  /** Where the places of all sequences lie one after another as rows: how many sequences, and places of each. */
  readonly places?: Places;
}

/** [batch, places] */
export type Places = readonly [Dimension, Dimension];

export interface AttentionResult {
  /** [batch, places, width], or rows. */
  readonly output: Tensor;
  /** `past` with the new places behind: what to give as `past` to the places that follow. */
  readonly present: KeyValues;
}

/** [batch, places, heads · width], or the same as rows → [batch, heads, places, width]. */
function intoHeads(x: Tensor, heads: number, [batch, places]: Places): Tensor {
  const features = x.shape.at(-1) as number;
  return transpose(reshape(x, [batch, places, heads, features / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, places, width] → [batch, places, heads · width], or the same as rows. */
function outOfHeads(x: Tensor, lead: readonly Dimension[]): Tensor {
  const [, heads, , width] = x.shape as [Dimension, number, Dimension, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [...lead, heads * width]);
}

/**
 * Multi-head attention of places to each other: `softmax(q kᵀ / √width) v` in each head.
 *
 * A place that may see nothing gives what `output` makes of zeros.
 *
 * @param x [batch, places, width], or [batch · places, width] where `places` are given; the output has the same form.
 * @source Vaswani et al., "Attention is all you need" (2017), eq. 1 and section 3.2.2; Ainslie et al., "GQA" (2023),
 * section 2.2, for shared keys and values.
 */
export function applyAttention(params: AttentionParameters, x: Tensor, options: AttentionOptions): AttentionResult {
  const { heads, keyValueHeads = heads, rotation, past } = options;
  const lead = x.shape.slice(0, -1);
  const { places = lead as readonly Dimension[] as Places } = options;
  const turn = (part: Tensor): Tensor => (rotation === undefined ? part : rotate(part, rotation));
  const queries = turn(intoHeads(applyLinear(params.query, x), heads, places));
  const newKeys = turn(intoHeads(applyLinear(params.key, x), keyValueHeads, places));
  const newValues = intoHeads(applyLinear(params.value, x), keyValueHeads, places);
  const keys = past === undefined ? newKeys : concat([past.keys, newKeys], 2);
  const values = past === undefined ? newValues : concat([past.values, newValues], 2);
  const joined = outOfHeads(attend(queries, { keys, values }, options), lead);
  return { output: applyLinear(params.output, joined), present: { keys, values } };
}

/** The softmax of scores over the places that may be seen. */
function weigh(scores: Tensor, { causal = false, mask }: Pick<AttentionOptions, 'causal' | 'mask'>): Tensor {
  const [places, seen] = scores.shape.slice(2) as [Dimension, Dimension];
  if (!causal) return mask === undefined ? softmax(scores) : maskedSoftmax(scores, mask);
  const past = subtractDimensions(seen, places);
  if (mask === undefined) return softmax(add(scores, cast(causalBias(places, past), scores.dtype)));
  return maskedSoftmax(scores, and(causalMask(places, past), mask));
}

/**
 * What each query sees: `softmax(q kᵀ / √width) v`.
 *
 * @param queries [batch, heads, places, width]; neighbouring heads share keys and values where these have fewer.
 */
export function attend(
  queries: Tensor,
  { keys, values }: KeyValues,
  options: Pick<AttentionOptions, 'causal' | 'mask' | 'dropout'> = {},
): Tensor {
  const [batch, heads, places, width] = queries.shape as [Dimension, number, Dimension, number];
  const [, groups, seen] = keys.shape as [Dimension, number, Dimension, number];
  // Queries that share keys lie one after another as further rows of one product: nothing is repeated.
  const rows = multiplyDimensions(places, heads / groups);
  const products = matmul(reshape(queries, [batch, groups, rows, width]), keys, {
    transposeB: true,
    alpha: 1 / Math.sqrt(width),
  });
  const weights = weigh(reshape(products, [batch, heads, places, seen]), options);
  const kept = options.dropout ? applyDropout(weights, options.dropout.rate, options.dropout.key) : weights;
  return reshape(matmul(reshape(kept, [batch, groups, rows, seen]), values), [batch, heads, places, width]);
}
