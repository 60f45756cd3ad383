import type { Ends } from '../../math/index.ts';
import { spreadOf, studentEnds } from '../off-policy/spread.ts';
import { generationDefaults } from './defaults.ts';
import { oscillationOf } from './oscillation.ts';
import type { Oscillation } from './oscillation.ts';
import type { GenerationSums, GenerationTally } from './tally.ts';

/** How a generation, an artifact that served, did. What is not known is `null`. */
export interface GenerationReport {
  readonly artifact: string;
  readonly decisions: number;
  /** Decisions whose rewards are known. */
  readonly rewards: number;
  /** Mean of them, with its interval by Student's distribution, clustered by subject. */
  readonly reward: number | null;
  readonly interval: Ends | null;
  /** Share of rewards that are 0: of rewards of 0 or 1 the balance of classes that the next generation learns from. */
  readonly zeroShare: number | null;
  /** Decisions of which all probabilities are known: what follows are means over them. */
  readonly shaped: number;
  /** Probability of another action than the most probable one. */
  readonly explorationRate: number | null;
  /** Of what was drawn from, in nats. */
  readonly entropy: number | null;
  /** Of one action other than the most probable one, of those that were allowed. */
  readonly otherProbability: number | null;
  /** To the last generation before that has rewards enough. */
  readonly difference: GenerationDifference | null;
  /** Its interval lies below 0: this generation earns less. */
  readonly degraded: boolean;
}

export interface GenerationDifference extends Ends {
  /** The generation before. */
  readonly to: string;
  readonly value: number;
  readonly level: number;
}

export interface GenerationsReport {
  /** Oldest first. */
  readonly generations: readonly GenerationReport[];
  readonly oscillation: Oscillation;
}

/**
 * Tells of each generation how it did, how it differs from the one before, and whether their values go up and down.
 *
 * A mean's error is `√(C / (C − 1) Σ ψ_c²)` with `ψ_c = Σ_{i ∈ c} (r_i − r̄) / n`; of a difference `ψ_c` is that of the one less that
 * of the other, so that a subject of both counts once. To each generation's spread, not to its mean, the least and the largest
 * reward of all are added once: rewards that happen to be all alike do not make an interval of width 0.
 *
 * @param tallies in the order in which they came into service.
 * @example
 * const tallies = [0.9, 0.2].map((mean, place) => {
 *   const tally = createGenerationTally(`generation ${place}`);
 *   for (let row = 0; row < 500; row += 1)
 *     tally.observe({ subject: null, reward: row < 500 * mean ? 1 : 0, probabilities: [0.95, 0.05] });
 *   return tally;
 * });
 * const degraded = reportGenerations(tallies).generations.map((generation) => generation.degraded); // [false, true]
 * @source the measures: Vangara and Egg 2024, Contextual bandits in payment processing.
 */
export function reportGenerations(tallies: readonly GenerationTally[]): GenerationsReport {
  const all = tallies.map(({ artifact, sums }) => ({ artifact, sums: sums() }));
  const range = {
    lower: Math.min(...all.map(({ sums }) => sums.least)),
    upper: Math.max(...all.map(({ sums }) => sums.largest)),
  };
  const generations: GenerationReport[] = [];
  const values: number[] = [];
  let before: Generation | null = null;
  for (const { artifact, sums } of all) {
    const generation: Generation = { artifact, sums, ...meanOf(sums, range) };
    const comparable = sums.clusters.size >= generationDefaults.leastClusters;
    const difference = before === null || !comparable ? null : differenceOf(before, generation);
    generations.push({ ...factsOf(generation), difference, degraded: difference !== null && difference.upper < 0 });
    if (!comparable) continue;
    before = generation;
    values.push(generation.mean);
  }
  return { generations, oscillation: oscillationOf(values) };
}

interface Mean {
  readonly mean: number;
  readonly influences: ReadonlyMap<string, number>;
  /** Of the two rewards that are added to the spread. */
  readonly added: readonly number[];
}

interface Generation extends Mean {
  readonly artifact: string;
  readonly sums: GenerationSums;
}

function meanOf({ clusters, rewards }: GenerationSums, { lower, upper }: Ends): Mean {
  let total = 0;
  for (const { sum } of clusters.values()) total += sum;
  const mean = total / rewards;
  const influences = new Map<string, number>();
  for (const [key, { count, sum }] of clusters) influences.set(key, (sum - count * mean) / rewards);
  return { mean, influences, added: [(lower - mean) / rewards, (upper - mean) / rewards] };
}

function factsOf({ artifact, sums, mean, influences, added }: Generation) {
  const { decisions, rewards, zeros, clusters, shaped, open, exploration, entropy, otherProbability } = sums;
  return {
    artifact,
    decisions,
    rewards,
    reward: rewards === 0 ? null : mean,
    interval: clusters.size < 2 ? null : intervalOf(mean, [...influences.values(), ...added], generationDefaults.level),
    zeroShare: share(zeros, rewards),
    shaped,
    explorationRate: share(exploration, shaped),
    entropy: share(entropy, shaped),
    otherProbability: share(otherProbability, open),
  };
}

function differenceOf(before: Generation, after: Generation): GenerationDifference {
  const { degradedLevel: level } = generationDefaults;
  const influences: number[] = [...before.added, ...after.added];
  for (const [key, influence] of after.influences) influences.push(influence - (before.influences.get(key) ?? 0));
  for (const [key, influence] of before.influences) if (!after.influences.has(key)) influences.push(-influence);
  const value = after.mean - before.mean;
  return { to: before.artifact, value, ...intervalOf(value, influences, level), level };
}

function intervalOf(value: number, influences: readonly number[], level: number): Ends {
  const spread = spreadOf(Float64Array.from(influences), null, 1);
  return spread.error === 0 ? { lower: value, upper: value } : studentEnds(value, spread, level);
}

function share(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}
