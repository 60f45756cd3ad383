/** What a log has of terms `w e`, where e is the reward, or what a model leaves of it. */
interface WeighedRows {
  readonly count: number;
  readonly weight: Float64Array;
  readonly loggedProbability: Float64Array;
  readonly targetProbability: Float64Array;
  readonly reward: Float64Array;
  readonly predictedTaken: Float64Array | null;
}

/** Which terms: `w r`, or `w (r − q)` beside a model; as they are, or less a ratio that divides by Σ w. */
export interface TermUse {
  readonly corrected: boolean;
  readonly ratio: number | null;
}

/** What is known of the rows beside the rows themselves. */
export interface Bounds {
  /** No weight is larger. */
  readonly largestWeight: number;
  readonly rewardRange: readonly [number, number] | null;
}

/** Moments about the mean of the terms, times their number. */
export interface ForeseenMoments {
  readonly rows: number;
  /** The second one of the terms that the log has. */
  readonly seen: number;
  /** Those that weights and rewards foresee, whether or not the large weights of this log happened to earn something. */
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

export interface Foresight {
  add(rows: WeighedRows): void;
  foresee(use: TermUse, bounds: Bounds): ForeseenMoments;
}

/** Sums of `w e^j`, j from 0 to 4, and of `w² e^j`, j from 0 to 2. */
interface PartSums {
  readonly once: Float64Array;
  readonly twice: Float64Array;
}

/** Standard errors by which the mean weight may lie below 1 before the rest is taken for weights that the log lacks. */
const missingErrors = 3;

/**
 * Adds up what weights and rewards have to do with the spread of an estimate, each by itself.
 *
 * Where few decisions earn anything and few weights are large, most logs lack terms that are both, and their own moments say too
 * little. So the moments of `w e` are put together from those of all weights, whatever these earned, and of all rewards under the
 * evaluated policy: `E (w e)^k ≈ mean(w^k) · Σ w e^k / Σ w`, as if the two had nothing to do with one another. Besides:
 * - A row tells of the actions not taken as well: together they have the weight `(1 − π) / (1 − p)`, with probability 1 − p. So a row
 *   is worth `p w^k + (1 − p) ((1 − π) / (1 − p))^k` too, and what is larger of both sums counts: a policy that hardly explores any
 *   more shows how large the weights of what it hardly does would be.
 * - What the mean weight lacks of 1, beyond three standard errors, is put at the largest weight.
 * - Where all terms are the same, as where nothing was earned so far, half a row more has the utmost reward.
 */
export function createForesight(): Foresight {
  let rows = 0;
  const weights = new Float64Array(5);
  const others = new Float64Array(5);
  const parts = { rewards: partSums(), residuals: partSums() };
  let [ones, values] = [new Float64Array(0), new Float64Array(0)];

  function meanPowers(largestWeight: number): Float64Array {
    const mean = (weights[1] ?? 0) / rows;
    const error = Math.sqrt(Math.max(0, (weights[2] ?? 0) / rows - mean * mean) / rows);
    const missing = Math.max(0, 1 - mean - missingErrors * error);
    return weights.map((sum, power) => {
      if (power === 0) return 1;
      const seen = power === 1 ? sum : Math.max(sum, others[power] ?? 0);
      return seen / rows + missing * largestWeight ** (power - 1);
    });
  }

  return {
    add({ count, weight, loggedProbability, targetProbability, reward, predictedTaken }) {
      rows += count;
      if (ones.length < count) [ones, values] = [new Float64Array(count).fill(1), new Float64Array(count)];
      addPowers(weights, ones, weight, count);
      addPowers(others, loggedProbability, weight, count);
      for (let row = 0; row < count; row += 1) {
        const logged = loggedProbability[row] ?? 1;
        values[row] = logged < 1 ? (1 - (targetProbability[row] ?? 0)) / (1 - logged) : 0;
      }
      addPowers(others, loggedProbability, values, count, true);
      addPart(parts.rewards, weight, reward, count);
      if (predictedTaken === null) return;
      for (let row = 0; row < count; row += 1) values[row] = (reward[row] ?? 0) - (predictedTaken[row] ?? 0);
      addPart(parts.residuals, weight, values, count);
    },
    foresee({ corrected, ratio }, { largestWeight, rewardRange }) {
      const { once, twice } = corrected ? parts.residuals : parts.rewards;
      const centre = ratio ?? 0;
      const shifted = (power: number): number => shiftedSum(once, power, centre);
      const sum = shifted(1);
      const seen = (twice[2] ?? 0) - 2 * centre * (twice[1] ?? 0) + centre ** 2 * (twice[0] ?? 0) - sum ** 2 / rows;
      const alike = rewardRange !== null && !(seen > 1e-12 * (twice[2] ?? 0));
      const utmost = alike ? utmostOf(rewardRange, corrected, centre) : 0;
      const extra = alike ? (0.5 * shifted(0)) / rows : 0;
      const powers = meanPowers(largestWeight);
      const raw = (power: number): number => {
        const mean = (shifted(power) + extra * utmost ** power) / (shifted(0) + extra);
        return (powers[power] ?? 0) * mean;
      };
      const [first, second, third, fourth] = [raw(1), raw(2), raw(3), raw(4)] as const;
      return {
        rows,
        seen: Math.max(0, seen),
        second: rows * Math.max(0, second - first ** 2),
        third: rows * (third - 3 * first * second + 2 * first ** 3),
        fourth: rows * Math.max(0, fourth - 4 * first * third + 6 * first ** 2 * second - 3 * first ** 4),
      };
    },
  };
}

function partSums(): PartSums {
  return { once: new Float64Array(5), twice: new Float64Array(3) };
}

/** Adds `Σ share · value^k` for every k up to 4; with `rest`, of the share that is left of 1. In locals: this is done for every row. */
function addPowers(sums: Float64Array, shares: Float64Array, values: Float64Array, count: number, rest = false): void {
  let [zeroth, first, second, third, fourth] = [0, 0, 0, 0, 0];
  for (let row = 0; row < count; row += 1) {
    const value = values[row] ?? 0;
    const share = rest ? 1 - (shares[row] ?? 0) : (shares[row] ?? 0);
    const once = share * value;
    const square = value * value;
    zeroth += share;
    first += once;
    second += share * square;
    third += once * square;
    fourth += share * square * square;
  }
  [zeroth, first, second, third, fourth].forEach((sum, power) => (sums[power] = (sums[power] ?? 0) + sum));
}

function addPart({ once, twice }: PartSums, weight: Float64Array, values: Float64Array, count: number): void {
  addPowers(once, weight, values, count);
  let [zeroth, first, second] = [0, 0, 0];
  for (let row = 0; row < count; row += 1) {
    const square = (weight[row] ?? 0) ** 2;
    const value = values[row] ?? 0;
    zeroth += square;
    first += square * value;
    second += square * value * value;
  }
  [zeroth, first, second].forEach((sum, power) => (twice[power] = (twice[power] ?? 0) + sum));
}

/** `Σ w (e − c)^k`. */
function shiftedSum(sums: Float64Array, power: number, centre: number): number {
  const binomials = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1]][power] ?? [];
  return binomials.reduce((total, binomial, j) => total + binomial * (-centre) ** (power - j) * (sums[j] ?? 0), 0);
}

/** The reward, or what a model might leave of it, that lies furthest off. */
function utmostOf([least, largest]: readonly [number, number], corrected: boolean, centre: number): number {
  const [low, high] = corrected ? [least - largest, largest - least] : [least, largest];
  return high - centre >= centre - low ? high - centre : low - centre;
}
