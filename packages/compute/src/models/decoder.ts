import { add, neg } from '../graph/build/elementwise.ts';
import { gatherAlong } from '../graph/build/indexing.ts';
import { logSoftmax } from '../graph/build/normalising.ts';
import { maskedMean, mean } from '../graph/build/reductions.ts';
import { expandDims, reshape, slice, squeeze } from '../graph/build/shaping.ts';
import { multiplyDimensions, type Dimension } from '../graph/dimension.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import {
  applyAttention,
  initAttention,
  type AttentionParameters,
  type KeyValues,
  type Places,
} from '../nn/attention.ts';
import { applyEmbedding, embeddingLogits, initEmbedding, type EmbeddingParameters } from '../nn/embedding.ts';
import { normalInitialiser } from '../nn/initialisers.ts';
import { applyLinear, initLinear, type LinearParameters } from '../nn/linear.ts';
import { applyRmsNorm, initRmsNorm, type RmsNormParameters } from '../nn/norms.ts';
import { positionsFrom, rotationAt } from '../nn/rotary.ts';
import { applySwiglu, initSwiglu, type SwigluParameters } from '../nn/swiglu.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';

export interface DecoderConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Of the gated block; by default 8/3 of the width, rounded up to a multiple of 8. */
  readonly hiddenWidth?: number;
  /** By default as many as heads. */
  readonly keyValueHeads?: number;
  /** Of the angles of positions; default 10,000. */
  readonly rotaryBase?: number;
  /** Whether logits use the table of the embedding; by default they do. */
  readonly tied?: boolean;
}

export type DecoderBlockParameters<Leaf = Tensor> = {
  readonly attentionNorm: RmsNormParameters<Leaf>;
  readonly attention: AttentionParameters<Leaf>;
  readonly feedNorm: RmsNormParameters<Leaf>;
  readonly feed: SwigluParameters<Leaf>;
};

export type DecoderParameters<Leaf = Tensor> = {
  readonly embedding: EmbeddingParameters<Leaf>;
  readonly blocks: readonly DecoderBlockParameters<Leaf>[];
  readonly norm: RmsNormParameters<Leaf>;
  /** Absent where logits use the embedding's table. */
  readonly head?: LinearParameters<Leaf>;
};

const hiddenWidthOf = ({ hiddenWidth, width }: DecoderConfig): number => hiddenWidth ?? 8 * Math.ceil(width / 3);

/**
 * First values of a decoder: normal with standard deviation 0.02; what is added to the stream, smaller by `√(2 layers)`.
 *
 * @source Radford et al., "Language models are unsupervised multitask learners" (2019), section 2.3.
 */
export function initDecoder(key: KeyWords, config: DecoderConfig): DecoderParameters<HostArray> {
  const { vocabulary, width, layers, heads, keyValueHeads = heads, tied = true } = config;
  const initialiser = normalInitialiser(0.02);
  const outputInitialiser = normalInitialiser(0.02 / Math.sqrt(2 * layers));
  const [tableKey, headKey, ...blockKeys] = split(key, layers + 2) as [KeyWords, KeyWords, ...KeyWords[]];
  const blocks = blockKeys.map((blockKey) => {
    const [attentionKey, feedKey] = split(blockKey) as [KeyWords, KeyWords];
    return {
      attentionNorm: initRmsNorm(width),
      attention: initAttention(attentionKey, width, heads, { keyValueHeads, initialiser, outputInitialiser }),
      feedNorm: initRmsNorm(width),
      feed: initSwiglu(feedKey, width, hiddenWidthOf(config), { initialiser, outputInitialiser }),
    };
  });
  const body = { embedding: initEmbedding(tableKey, vocabulary, width), blocks, norm: initRmsNorm(width) };
  if (tied) return body;
  return { ...body, head: initLinear(headKey, width, vocabulary, { bias: false, weightInitialiser: initialiser }) };
}

export interface DecoderOptions {
  /** What each block kept of earlier tokens: the new ones see them too. */
  readonly past?: readonly KeyValues[];
  /** Further limits to what tokens may see: bool that broadcasts to [batch, 1, tokens, past + tokens]. */
  readonly mask?: Tensor;
  /** Of the new tokens, [tokens] or [batch, 1, tokens]; by default they follow the past one by one. */
  readonly positions?: Tensor;
}

export interface DecoderResult {
  /** [batch, tokens, vocabulary] */
  readonly logits: Tensor;
  /** What to give as `past` to the tokens that follow. */
  readonly present: readonly KeyValues[];
}

/**
 * A decoder-only transformer: RMS norms before each part, rotary positions, gated blocks, no biases.
 *
 * Tokens see themselves and those before; sequences padded at their end need no mask.
 *
 * @param tokens whole numbers [batch, tokens].
 * @source Touvron et al., "LLaMA" (2023), section 2.2.
 */
export function applyDecoder(
  params: DecoderParameters,
  config: DecoderConfig,
  tokens: Tensor,
  options: DecoderOptions = {},
): DecoderResult {
  const { heads, keyValueHeads = heads, rotaryBase = 10_000 } = config;
  const pastLength = options.past?.[0]?.keys.shape[2] ?? 0;
  const places = tokens.shape as Places;
  const positions = options.positions ?? positionsFrom(pastLength, tokens.shape[1] as Dimension);
  const headWidth = (params.blocks[0]?.attention.query.weight.shape[1] as number) / heads;
  const shared = {
    heads,
    keyValueHeads,
    causal: true,
    rotation: rotationAt(positions, headWidth, rotaryBase),
    places,
    ...(options.mask && { mask: options.mask }),
  };
  // Places of all sequences as rows: what goes over features alone needs no other form, in either direction.
  let stream = applyEmbedding(params.embedding, reshape(tokens, [multiplyDimensions(...places)]));
  const present: KeyValues[] = [];
  for (const [layer, block] of params.blocks.entries()) {
    const past = options.past?.[layer];
    const seen = applyAttention(block.attention, applyRmsNorm(block.attentionNorm, stream), {
      ...shared,
      ...(past && { past }),
    });
    present.push(seen.present);
    stream = add(stream, seen.output);
    stream = add(stream, applySwiglu(block.feed, applyRmsNorm(block.feedNorm, stream)));
  }
  const last = applyRmsNorm(params.norm, stream);
  const logits = params.head ? applyLinear(params.head, last) : embeddingLogits(params.embedding, last);
  return { logits: reshape(logits, [...places, config.vocabulary]), present };
}

/**
 * Scores sequences in one pass: `ln p` of each token but the first, given those before it.
 *
 * @param tokens whole numbers [batch, tokens].
 * @returns [batch, tokens − 1].
 */
export function scoreTokens(
  params: DecoderParameters,
  config: DecoderConfig,
  tokens: Tensor,
  options: Omit<DecoderOptions, 'past'> = {},
): Tensor {
  const { logits } = applyDecoder(params, config, slice(tokens, 1, { end: -1 }), options);
  const next = expandDims(slice(tokens, 1, { start: 1 }), -1);
  return squeeze(gatherAlong(logSoftmax(logits), next, -1), -1);
}

/**
 * The loss of training: the mean of `−ln p` over tokens, in nats.
 *
 * @param counted which predictions count, bool [batch, tokens − 1]: those of padding do not. By default all.
 * @example
 * const config = { vocabulary: 512, width: 128, layers: 4, heads: 4 };
 * const params = parametersFor(initDecoder(key(1), config));
 * const loss = decoderLoss(params, config, parameter('tokens', ['B', 'T'], 'int64'));
 */
export function decoderLoss(
  params: DecoderParameters,
  config: DecoderConfig,
  tokens: Tensor,
  counted?: Tensor,
  options: Omit<DecoderOptions, 'past'> = {},
): Tensor {
  const scores = scoreTokens(params, config, tokens, options);
  return neg(counted === undefined ? mean(scores) : maskedMean(scores, counted));
}
