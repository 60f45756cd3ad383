import { choleskyFactor, createRandom, drawNormal, solveCholesky } from '../math/index.ts';

/** A linear system with a hidden state: `x' = A x + B u + ε`, `y = ω·x + θ·u + η`. Matrices by rows. */
export interface LinearSystem {
  readonly transition: readonly (readonly number[])[];
  readonly input: readonly (readonly number[])[];
  readonly readout: readonly number[];
  readonly direct: readonly number[];
  /** Standard deviation of both noises. */
  readonly noise: number;
  /** Vectors that can be played. */
  readonly vectors: readonly (readonly number[])[];
}

/** A system as it runs; the reward is given out before the state moves. */
export interface RunningSystem {
  /** Plays a vector by its index: the reward with noise, and the one expected given the actions so far. */
  play(index: number): { readonly reward: number; readonly expected: number };
}

const sharedBudget = permutations([1, 0.5, 0]);

/** The paper's synthetic system: what pays at once is not what pays in the long run. */
export const syntheticSystem: LinearSystem = {
  transition: [
    [0.2, 0, 0],
    [0, 0, 0],
    [0, 0, 0.1],
  ],
  input: [
    [0.45, 0, 0],
    [0, 0, 0],
    [0, 0, 0.1],
  ],
  readout: [1, 0, 0.1],
  direct: [0, 0.5, 0.1],
  noise: 0.01,
  vectors: sharedBudget,
};

/** The system that the paper's authors identified from advertising data, its three outputs summed. */
export const advertisingSystem: LinearSystem = {
  transition: [
    [0.38, 0.33, 0.6],
    [0.07, 0.76, -0.54],
    [0.18, 0.34, 0.05],
  ],
  input: [
    [0.14, 0.34, -0.05],
    [-0.17, 0.03, -0.01],
    [0.04, -0.09, 0.17],
  ],
  readout: columnSums([
    [0.25, -0.14, 0.01],
    [-0.55, 0.2, -0.13],
    [-0.31, -0.1, -0.01],
  ]),
  direct: columnSums([
    [0.11, 0.1, 0.01],
    [0.01, 0.36, 0.01],
    [0.01, -0.05, 0],
  ]),
  noise: 0.01,
  vectors: sharedBudget,
};

/** A slow system, ρ = 0.9, in which rewards taken too early mislead. */
export const slowSystem: LinearSystem = {
  transition: diagonal([0.9, 0.9, 0.9]),
  input: diagonal([1, 1, 1]),
  readout: [0.1, 0, 0.02],
  direct: [0, 0.6, 0.3],
  noise: 0.01,
  vectors: sharedBudget,
};

/** h: what a unit of each entry of a constant action is worth in the long run, `θ + Bᵀ (I − A)⁻ᵀ ω`. */
export function longRunWorth({ transition, input, readout, direct }: LinearSystem): number[] {
  const size = transition.length;
  // (I − A)ᵀ z = ω by its normal equations, M = (I − A)ᵀ: MᵀM z = Mᵀ ω.
  const entry = (row: number, column: number): number => (row === column ? 1 : 0) - (transition[column]?.[row] ?? 0);
  const index = Array.from({ length: size }, (_, at) => at);
  const normal = Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return index.reduce((sum, each) => sum + entry(each, row) * entry(each, column), 0);
  });
  const right = index.map((row) => index.reduce((sum, each) => sum + entry(each, row) * (readout[each] ?? 0), 0));
  const factor = choleskyFactor(normal, size);
  if (factor === null)
    throw new RangeError('cannot tell what actions are worth, as I − A must be regular: it is singular');
  const solved = solveCholesky(factor, size, right);
  return direct.map(
    (value, column) => value + index.reduce((sum, row) => sum + (input[row]?.[column] ?? 0) * (solved[row] ?? 0), 0),
  );
}

/** Spectral radius of A, and the largest of `‖A^k‖ / ρ^k` for k below 1,000; both by powers, in logarithms. */
export function stabilityOf(matrix: readonly (readonly number[])[]): {
  readonly spectralRadius: number;
  readonly overshoot: number;
} {
  let power = matrix;
  let scale = 0;
  let doublings = 1;
  for (let turn = 0; turn < 40; turn += 1) {
    const size = frobenius(power);
    if (size === 0) return { spectralRadius: 0, overshoot: Infinity };
    power = power.map((row) => row.map((value) => value / size));
    scale += Math.log(size) / doublings;
    power = product(power, power);
    doublings *= 2;
  }
  const logRadius = scale + Math.log(frobenius(power)) / doublings;
  let largest = 0;
  let current: readonly (readonly number[])[] = diagonal(matrix.map(() => 1));
  let log = 0;
  for (let step = 1; step < 1_000; step += 1) {
    current = product(current, matrix);
    const size = spectralNorm(current);
    log += Math.log(size);
    largest = Math.max(largest, log - step * logRadius);
    current = current.map((row) => row.map((value) => value / size));
  }
  return { spectralRadius: Math.exp(logRadius), overshoot: Math.exp(largest) };
}

/** Largest singular value, by power iteration on MᵀM. */
export function spectralNorm(matrix: readonly (readonly number[])[]): number {
  let vector = (matrix[0] ?? []).map((_, at) => 1 + at / 10);
  let norm = 0;
  for (let turn = 0; turn < 200; turn += 1) {
    const image = matrix.map((row) => row.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0));
    const back = vector.map((_, column) =>
      image.reduce((sum, value, row) => sum + value * (matrix[row]?.[column] ?? 0), 0),
    );
    const size = Math.hypot(...back);
    if (size === 0) return 0;
    norm = Math.sqrt(size);
    vector = back.map((value) => value / size);
  }
  return norm;
}

/** Starts a system with its state at 0; the same seed has the same noise, whatever is played. */
export function runSystem(
  { transition, input, readout, direct, noise, vectors }: LinearSystem,
  seed: string,
): RunningSystem {
  const random = createRandom(seed);
  const size = transition.length;
  const [matrix, states] = [
    Float64Array.from(transition.flat()),
    [new Float64Array(size), new Float64Array(size)] as const,
  ];
  const pushes = vectors.map((vector) =>
    Float64Array.from(input, (row) => row.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0)),
  );
  const atOnce = vectors.map((vector) => direct.reduce((sum, value, at) => sum + value * (vector[at] ?? 0), 0));
  const [noisy, still] = states;
  const moved = new Float64Array(size);

  function move(state: Float64Array, push: Float64Array, deviation: number): number {
    let seen = 0;
    for (let row = 0; row < size; row += 1) {
      seen += (readout[row] ?? 0) * (state[row] ?? 0);
      let next = push[row] ?? 0;
      for (let column = 0; column < size; column += 1)
        next += (matrix[row * size + column] ?? 0) * (state[column] ?? 0);
      moved[row] = deviation === 0 ? next : next + deviation * drawNormal(random);
    }
    state.set(moved);
    return seen;
  }

  return {
    play(index) {
      const push = pushes[index];
      const now = atOnce[index];
      if (push === undefined || now === undefined)
        throw new RangeError(`cannot play, as the vector must be one of ${vectors.length}: it is number ${index}`);
      const error = noise * drawNormal(random);
      return { reward: move(noisy, push, noise) + now + error, expected: move(still, push, 0) + now };
    },
  };
}

function permutations(values: readonly number[]): number[][] {
  if (values.length <= 1) return [[...values]];
  return values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((rest) => [value, ...rest]));
}

function diagonal(values: readonly number[]): number[][] {
  return values.map((value, row) => values.map((_, column) => (row === column ? value : 0)));
}

function columnSums(matrix: readonly (readonly number[])[]): number[] {
  return (matrix[0] ?? []).map((_, column) => matrix.reduce((sum, row) => sum + (row[column] ?? 0), 0));
}

function product(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) =>
    (b[0] ?? []).map((_, column) => row.reduce((sum, value, at) => sum + value * (b[at]?.[column] ?? 0), 0)),
  );
}

function frobenius(matrix: readonly (readonly number[])[]): number {
  return Math.hypot(...matrix.flat());
}
