import { hostArray } from '../reference/evaluate.ts';
import type { HostArray } from '../graph/rule.ts';
import { foldIn, normals, uniforms } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';

/** Draws the first values of a parameter. The same key and shape always give the same values. */
export type Initialiser = (key: KeyWords, shape: readonly number[]) => HostArray;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

const filled = (shape: readonly number[], value: number): HostArray =>
  hostArray(shape, new Float64Array(sizeOf(shape)).fill(Math.fround(value)));

const scaled = (shape: readonly number[], draws: Float32Array, factor: number): HostArray =>
  // A Float32Array rounds what it is given.
  hostArray(
    shape,
    draws.map((draw) => draw * factor),
  );

/** All values are this number. */
export const constantInitialiser =
  (value: number): Initialiser =>
  (_key, shape) =>
    filled(shape, value);

/** All values are 0. */
export const zerosInitialiser: Initialiser = (_key, shape) => filled(shape, 0);
/** All values are 1. */
export const onesInitialiser: Initialiser = (_key, shape) => filled(shape, 1);

/** Uniform in [−limit, limit). */
export const uniformInitialiser =
  (limit: number): Initialiser =>
  (key, shape) =>
    scaled(
      shape,
      uniforms(key, sizeOf(shape)).map((draw) => 2 * draw - 1),
      limit,
    );

/** Normal with mean 0. */
export const normalInitialiser =
  (standardDeviation: number): Initialiser =>
  (key, shape) =>
    scaled(shape, normals(key, sizeOf(shape)), standardDeviation);

/**
 * Normal with mean 0, without what lies beyond `bound` standard deviations: such draws are drawn again.
 *
 * @param standardDeviation that of the normal before it is cut; at bound 2 what comes out has 0.88 times as much.
 */
export const truncatedNormalInitialiser =
  (standardDeviation: number, bound = 2): Initialiser =>
  (key, shape) => {
    if (!(bound > 0))
      throw new RangeError(`cannot draw a truncated normal, as its bound must be above 0: it is ${bound}`);
    const draws = normals(key, sizeOf(shape));
    let open = [...draws.keys()].filter((index) => Math.abs(draws[index] ?? 0) > bound);
    for (let round = 0; open.length > 0; round += 1) {
      const fresh = normals(foldIn(key, round), open.length);
      for (const [place, index] of open.entries()) draws[index] = fresh[place] ?? 0;
      open = open.filter((index) => Math.abs(draws[index] ?? 0) > bound);
    }
    return scaled(shape, draws, standardDeviation);
  };

export interface Fans {
  /** How many inputs reach one output. */
  readonly inputs: number;
  /** How many outputs one input reaches. */
  readonly outputs: number;
}

/**
 * The fans of a weight: [inputs, outputs] of a linear map, or [outputs, inputs, …sizes] of a convolution.
 *
 * @throws RangeError for fewer than two axes.
 */
export function fansOf(shape: readonly number[]): Fans {
  const [first, second, ...sizes] = shape;
  if (first === undefined || second === undefined)
    throw new RangeError(`cannot tell fans, as a weight must have two axes or more: it is [${shape.join(', ')}]`);
  const field = sizeOf(sizes);
  return sizes.length === 0 ? { inputs: first, outputs: second } : { inputs: second * field, outputs: first * field };
}

type Form = 'uniform' | 'normal';

/** Values whose variance is `gain / fan`, in either form. */
const scaledBy =
  (fan: (fans: Fans) => number, gain: number) =>
  (form: Form = 'normal'): Initialiser =>
  (key, shape) => {
    const variance = gain / fan(fansOf(shape));
    return form === 'uniform'
      ? uniformInitialiser(Math.sqrt(3 * variance))(key, shape)
      : normalInitialiser(Math.sqrt(variance))(key, shape);
  };

/**
 * Variance `2 / (inputs + outputs)`: for tanh and sigmoid.
 *
 * @source Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), eq. 12
 * and 16.
 */
export const glorotInitialiser = scaledBy(({ inputs, outputs }) => (inputs + outputs) / 2, 1);

/**
 * Variance `2 / inputs`: for ReLU.
 *
 * @source He, Zhang, Ren, Sun, "Delving deep into rectifiers" (2015), eq. 10.
 */
export const heInitialiser = scaledBy(({ inputs }) => inputs, 2);

/**
 * Variance `1 / inputs`: for SELU and linear maps.
 *
 * @source LeCun, Bottou, Orr, Müller, "Efficient backprop" (1998), section 4.6, eq. 16.
 */
export const lecunInitialiser = scaledBy(({ inputs }) => inputs, 1);

/**
 * Orthonormal rows or columns, whichever are fewer, times a gain; uniform over all such matrices.
 *
 * Further axes are folded into the second one, as for the kernel of a convolution.
 *
 * @source Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks" (2014), section 3.
 */
export const orthogonalInitialiser =
  (gain = 1): Initialiser =>
  (key, shape) => {
    const rows = shape[0] ?? 1;
    const columns = sizeOf(shape.slice(1));
    const draws = normals(key, rows * columns);
    const wide = rows <= columns;
    const [count, length] = wide ? [rows, columns] : [columns, rows];
    const vectors = orthonormal(
      Array.from({ length: count }, (_, index) =>
        Float64Array.from(draws.subarray(index * length, (index + 1) * length)),
      ),
    );
    const values = Float64Array.from({ length: rows * columns }, (_, place) => {
      const row = Math.floor(place / columns);
      const column = place % columns;
      const value = wide ? vectors[row]?.[column] : vectors[column]?.[row];
      return Math.fround(gain * (value ?? 0));
    });
    return hostArray(shape, values);
  };

/** Gram–Schmidt, twice over: the second pass removes what rounding left of the first. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (const other of [...done, ...done]) {
      const share = dot(rest, other);
      for (let index = 0; index < rest.length; index += 1)
        rest[index] = (rest[index] ?? 0) - share * (other[index] ?? 0);
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => value / length));
  }
  return done;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index += 1) total += (a[index] ?? 0) * (b[index] ?? 0);
  return total;
}
