import type { FeatureEncoder } from '../math/index.ts';
import type { Experience } from '../spec/index.ts';

/** The features of the item that was judged: good until the encoder is used again. */
export interface ExampleFeatures {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly length: number;
}

/** Encodes the item that was judged, what all candidates share up to `sharedEnd`; `null` where the item is not among the candidates or a number is not finite. */
export function exampleFeatures(
  encoder: FeatureEncoder,
  { request, item, reward, weight }: Experience,
): (ExampleFeatures & { readonly sharedEnd: number }) | null {
  const candidate = request.candidates.find((each) => each.item === item);
  if (candidate === undefined || !Number.isFinite(reward) || !Number.isFinite(weight)) return null;
  const { hashes, values, starts, sharedEnd } = encoder.rows(request, [candidate]);
  const length = starts.at(-1) ?? 0;
  for (let at = 0; at < length; at += 1) if (!Number.isFinite(values[at])) return null;
  return { hashes, values, length, sharedEnd };
}
