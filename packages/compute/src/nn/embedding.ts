import { gather } from '../graph/build/indexing.ts';
import { matmul } from '../graph/build/products.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { KeyWords } from '../random/philox.ts';
import { normalInitialiser, type Initialiser } from './initialisers.ts';

/** `table` [entries, width]. */
export type EmbeddingParameters<Leaf = Tensor> = { readonly table: Leaf };

/** First values of a table of vectors: by default normal with standard deviation 0.02. */
export const initEmbedding = (
  key: KeyWords,
  entries: number,
  width: number,
  initialiser: Initialiser = normalInitialiser(0.02),
): EmbeddingParameters<HostArray> => ({ table: initialiser(key, [entries, width]) });

/**
 * The vector of each index.
 *
 * @param indices whole numbers of any shape.
 * @returns [...indices, width].
 */
export const applyEmbedding = ({ table }: EmbeddingParameters, indices: Tensor): Tensor => gather(table, indices);

/**
 * The product of vectors with all entries of the table: logits that share the embedding's weights.
 *
 * @param x [..., width].
 * @returns [..., entries].
 * @source Press, Wolf, "Using the output embedding to improve language models" (2017), section 2.
 */
export const embeddingLogits = ({ table }: EmbeddingParameters, x: Tensor): Tensor =>
  matmul(x, table, { transposeB: true });
