import {
  arrayNamed,
  drawBeta,
  drawNormal,
  expWeights,
  greedyNext,
  klUpperBound,
  ucb1Bonus,
  uniformShare,
  unpackArrays,
} from '../math/index.ts';
import type { Random } from '../math/index.ts';
import { armsConfigurationSchema, armsFiles, armsFormatName } from '../spec/index.ts';
import type {
  ArmsConfiguration,
  ArtifactContent,
  Candidate,
  Policy,
  PolicyFormat,
  PolicyRequest,
} from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { createDrawnPolicy } from './drawn-policy.ts';
import { withUniform } from './exploration.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies without context: UCB1 and KL-UCB, whose scores are the upper bounds, Thompson sampling and EXP3, whose scores are means. */
export const armsFormat: PolicyFormat = { format: armsFormatName, formatVersions: [1], read: createArmsPolicy };

/** What is known of one item; nothing of one that was never met. */
interface Arm {
  readonly plays: number;
  readonly reward: number;
  readonly loss: number | null;
}

const unmet: Arm = { plays: 0, reward: 0, loss: null };
/** Prior of the Gaussian posterior, in widths of the reward range. */
const prior = { mean: 0.5, variance: 0.25 };

function createArmsPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content, armsConfigurationSchema, 'a bandit without context');
  const { action, rule, leastProbability } = configuration;
  const [least, largest] = configuration.rewardRange;
  const arms = readArms(configuration, fileNamed(artifact, content, armsFiles.arms));
  const armOf = ({ item }: Candidate): Arm => arms.get(item) ?? unmet;
  const toReward = (y: number): number => least + (largest - least) * y;

  /** Mean and index of each candidate, from 0 to 1 but for what a bound adds. */
  function read(candidates: readonly Candidate[]): { means: number[]; indices: number[] } {
    const known = candidates.map(armOf);
    const means = known.map(meanOf);
    const total = known.reduce((sum, { plays }) => sum + plays, 0);
    return { means, indices: known.map((arm, row) => indexOf(rule, arm, means[row] ?? 0, total)) };
  }

  function explain(request: PolicyRequest, candidate: Candidate) {
    const place = request.candidates.indexOf(candidate);
    const allowed = request.candidates.filter((each) => each === candidate || !request.excluded.has(each.item));
    const { means, indices } = read(allowed);
    const row = place < 0 ? 0 : allowed.indexOf(candidate);
    const score = toReward(indices[row] ?? NaN);
    const mean = toReward(means[row] ?? NaN);
    return {
      score,
      terms: [
        { name: 'mean', value: mean },
        { name: 'uncertainty', value: score - mean },
      ],
    };
  }

  if (rule.name === 'thompson')
    return createDrawnPolicy({
      artifact,
      action,
      leastProbability,
      marginalDraws: rule.marginalDraws,
      posterior(_request, allowed) {
        const known = allowed.map(armOf);
        return {
          means: Float64Array.from(known, (arm) => toReward(posteriorMean(rule, arm))),
          draw: (random) => Float64Array.from(known, (arm) => toReward(drawMean(rule, arm, random))),
        };
      },
      explain(_request, candidate) {
        const score = toReward(posteriorMean(rule, armOf(candidate)));
        return { score, terms: [{ name: 'mean', value: score }] };
      },
    });

  return createBranchPolicy({
    artifact,
    action,
    sampler(_request, allowed) {
      const share = uniformShare(0, leastProbability, allowed.length);
      const { indices } = read(allowed);
      const scores = Float64Array.from(indices, toReward);
      if (rule.name !== 'exp3')
        return {
          scores,
          branches: withUniform(share, { name: rule.name, next: (taken) => greedyNext(scores, taken).map(Math.log) }),
        };
      const losses = lossesOf(allowed.map(armOf));
      const count = allowed.length;
      const rate = rule.rate * Math.sqrt(Math.log(count) / (count * Math.max(1, configuration.examples)));
      return {
        scores,
        branches: withUniform(share, {
          name: 'exp3',
          next: (taken) =>
            expWeights(
              losses.map((loss, row) => (taken[row] === 1 ? Infinity : loss)),
              rate,
            ).map(Math.log),
        }),
      };
    },
    explain,
  });
}

function meanOf({ plays, reward }: Arm): number {
  return plays === 0 ? prior.mean : reward / plays;
}

function readArms({ items }: ArmsConfiguration, bytes: Uint8Array): Map<string, Arm> {
  const arrays = unpackArrays(bytes);
  const [plays, rewards, losses] = ['plays', 'rewards', 'losses'].map((name) => arrayNamed(arrays, name, 'float64'));
  return new Map(
    items.map((item, index) => [
      item,
      { plays: plays?.[index] ?? 0, reward: rewards?.[index] ?? 0, loss: losses?.[index] ?? 0 },
    ]),
  );
}

/** The index that the best is chosen by. An item never played comes before all others, whatever they have shown. */
function indexOf(rule: ArmsConfiguration['rule'], { plays }: Arm, mean: number, total: number): number {
  const log = Math.log(Math.max(1, total));
  switch (rule.name) {
    case 'ucb1':
      return plays === 0 ? 2 + ucb1Bonus(1e-3, total, rule.scale) : mean + ucb1Bonus(plays, total, rule.scale);
    case 'kl-ucb':
      return plays === 0 ? 2 : klUpperBound(mean, plays, log + rule.logLog * Math.max(0, Math.log(Math.max(1, log))));
    case 'thompson':
    case 'exp3':
      return mean;
  }
}

type ThompsonRule = Extract<ArmsConfiguration['rule'], { name: 'thompson' }>;

/** Mean and variance of the Gaussian posterior: precisions add. */
function gaussianOf({ noiseVariance }: ThompsonRule, { plays, reward }: Arm): { mean: number; variance: number } {
  const precision = 1 / prior.variance + plays / noiseVariance;
  return { mean: (prior.mean / prior.variance + reward / noiseVariance) / precision, variance: 1 / precision };
}

function posteriorMean(rule: ThompsonRule, arm: Arm): number {
  return rule.posterior === 'beta' ? (1 + arm.reward) / (2 + arm.plays) : gaussianOf(rule, arm).mean;
}

function drawMean(rule: ThompsonRule, arm: Arm, random: Random): number {
  if (rule.posterior === 'beta') return drawBeta(1 + arm.reward, 1 + arm.plays - arm.reward, random);
  const { mean, variance } = gaussianOf(rule, arm);
  return mean + Math.sqrt(variance) * drawNormal(random);
}

/** Estimated losses; an item never met has the least of the others that are there. */
function lossesOf(arms: readonly Arm[]): Float64Array {
  const known = arms.flatMap(({ loss }) => loss ?? []);
  const least = known.length === 0 ? 0 : Math.min(...known);
  return Float64Array.from(arms, ({ loss }) => loss ?? least);
}
