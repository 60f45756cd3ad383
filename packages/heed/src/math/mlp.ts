import { arrayNamed } from './array-file.ts';
import type { NamedArrays } from './array-file.ts';

/** Linear maps with `max(0, ·)` between them, of one output, as numbers. */
export interface Mlp {
  /** What each feature is multiplied by beforehand. */
  readonly scales: Float32Array;
  /** The first layer first. */
  readonly layers: readonly MlpLayer[];
}

export interface MlpLayer {
  /** Input i to output o at `i · outputs + o`. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * The output for one row of features: a label (squared loss) or the logit of one (logistic). Features that are 0 cost nothing.
 *
 * @param row as many numbers as `scales` has.
 * @example
 * const half = { scales: Float32Array.of(0.5), layers: [{ weight: Float32Array.of(1), bias: Float32Array.of(0) }] };
 * predictMlp(half, [3]); // 1.5
 */
export function predictMlp(network: Mlp, row: ArrayLike<number>): number {
  const last = network.layers.at(-1);
  return last === undefined ? 0 : (applyLayer(last, lastInputsMlp(network, row))[0] ?? 0);
}

/** What the last layer is given for one row of features: the features that the network has made. */
export function lastInputsMlp({ scales, layers }: Mlp, row: ArrayLike<number>): Float64Array {
  let inner: Float64Array = Float64Array.from(scales, (scale, at) => scale * (row[at] ?? 0));
  for (const layer of layers.slice(0, -1)) inner = applyLayer(layer, inner).map((value) => Math.max(0, value));
  return inner;
}

function applyLayer({ weight, bias }: MlpLayer, inputs: Float64Array): Float64Array {
  const outputs = bias.length;
  const sums = Float64Array.from(bias);
  for (let input = 0; input < inputs.length; input += 1) {
    const value = inputs[input] ?? 0;
    if (value === 0) continue;
    const start = input * outputs;
    for (let output = 0; output < outputs; output += 1)
      sums[output] = (sums[output] ?? 0) + value * (weight[start + output] ?? 0);
  }
  return sums;
}

/** A network as arrays to be stored. */
export function mlpToArrays({ scales, layers }: Mlp): Map<string, Float32Array> {
  return new Map([
    ['scales', scales],
    ...layers.flatMap(({ weight, bias }, depth): [string, Float32Array][] => [
      [`weight ${depth}`, weight],
      [`bias ${depth}`, bias],
    ]),
  ]);
}

/** Reads back what `mlpToArrays` made. */
export function mlpFromArrays(arrays: NamedArrays): Mlp {
  const layers: MlpLayer[] = [];
  while (arrays.has(`weight ${layers.length}`))
    layers.push({
      weight: arrayNamed(arrays, `weight ${layers.length}`, 'float32'),
      bias: arrayNamed(arrays, `bias ${layers.length}`, 'float32'),
    });
  return { scales: arrayNamed(arrays, 'scales', 'float32'), layers };
}
