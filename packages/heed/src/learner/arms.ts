import { z } from 'zod';
import { arrayNamed, packArrays } from '../math/index.ts';
import { armsConfigurationSchema, armsFiles, armsFormatName } from '../spec/index.ts';
import type {
  ArmsConfiguration,
  ArtifactContent,
  Experience,
  JsonObject,
  Learner,
  LoopConfiguration,
} from '../spec/index.ts';
import { arraysOf } from './artifact-files.ts';
import { countExample, countSkipped, countsFrom, countsToNumbers, metricsOf, noCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import { parseOptions, refuseExploration } from './parse-options.ts';

/*
 * Bandits without context: UCB1, KL-UCB, Thompson sampling and EXP3. All keep, per item, the plays n, the sum of rewards
 * S (y, from 0 at the lower end of the declared range to 1) and of estimated losses L; how to act on them is the policy's part.
 *
 *     n ← n + w     S ← S + w y     L ← L + w (1 − y) / p     of the item chosen, p the probability that it had
 *
 * Auer, Cesa-Bianchi, Fischer 2002 (UCB1); Garivier, Cappé 2011 (KL-UCB); Agrawal, Goyal 2012, Analysis of Thompson
 * sampling; Auer, Cesa-Bianchi, Freund, Schapire 2002, The nonstochastic multiarmed bandit problem (EXP3).
 * Deviations: 1. rewards between 0 and 1 count as parts of a success (Thompson), instead of tossing a coin. 2. EXP3 has a
 * rate that falls with time and no uniform part; where items come and go, new ones begin with the least loss of those present.
 */

/** What these learners do where their options say nothing. */
export const armsDefaults = {
  'ucb1': { scale: 0.5 },
  'kl-ucb': { logLog: 0 },
  'thompson': { posterior: 'beta', noiseVariance: 0.25, marginalDraws: 200 },
  'exp3': { rate: 1 },
} as const;

const defaults = armsDefaults;
const schemas = {
  'ucb1': z.strictObject({ scale: z.number().nonnegative().default(defaults.ucb1.scale) }),
  'kl-ucb': z.strictObject({ logLog: z.number().nonnegative().default(defaults['kl-ucb'].logLog) }),
  'thompson': z.strictObject({
    posterior: z.enum(['beta', 'gaussian']).default(defaults.thompson.posterior),
    noiseVariance: z.number().positive().default(defaults.thompson.noiseVariance),
    marginalDraws: z.number().int().min(1).max(100_000).default(defaults.thompson.marginalDraws),
  }),
  'exp3': z.strictObject({ rate: z.number().positive().default(defaults.exp3.rate) }),
};
type Name = keyof typeof schemas;
type Options<N extends Name> = z.infer<(typeof schemas)[N]>;

interface Arm {
  readonly plays: number;
  readonly reward: number;
  readonly loss: number;
}

export interface ArmsState {
  readonly configuration: LoopConfiguration;
  readonly options: JsonObject;
  readonly arms: ReadonlyMap<string, Arm>;
  readonly counts: Counts;
}

/**
 * Acts by UCB1: the best of `mean + scale √(2 log t / n)`; items never played come first.
 *
 * @param options.scale not negative, in widths of the reward range; 1 is the paper's. Default 0.5.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function ucb1(options: z.input<(typeof schemas)['ucb1']> = {}): { name: 'ucb1'; options: Options<'ucb1'> } {
  return { name: 'ucb1', options: parseOptions('ucb1', schemas.ucb1, options) };
}

/**
 * Acts by KL-UCB: the best of the largest q with `n · kl(mean, q) ≤ log t + logLog · log log t`.
 *
 * @param options.logLog not negative. Default 0, as the paper advises.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function klUcb(options: z.input<(typeof schemas)['kl-ucb']> = {}): {
  name: 'kl-ucb';
  options: Options<'kl-ucb'>;
} {
  return { name: 'kl-ucb', options: parseOptions('kl-ucb', schemas['kl-ucb'], options) };
}

/**
 * Acts by Thompson sampling: the best of means drawn from their posterior, `Beta(1 + S, 1 + n − S)`, or the Gaussian
 * with prior N(½, ¼).
 *
 * @param options.posterior `beta` or `gaussian`. Default beta.
 * @param options.noiseVariance of one reward, for the Gaussian, in squared widths of the reward range. Default 0.25.
 * @param options.marginalDraws draws from which the probability over all draws is estimated. Default 200.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function thompson(options: z.input<(typeof schemas)['thompson']> = {}): {
  name: 'thompson';
  options: Options<'thompson'>;
} {
  return { name: 'thompson', options: parseOptions('thompson', schemas.thompson, options) };
}

/**
 * Acts by EXP3, which assumes nothing of how rewards come: `p_a ∝ exp(−η L_a)`, `η = rate √(log K / (K t))`.
 *
 * @param options.rate above 0. Default 1.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function exp3(options: z.input<(typeof schemas)['exp3']> = {}): { name: 'exp3'; options: Options<'exp3'> } {
  return { name: 'exp3', options: parseOptions('exp3', schemas.exp3, options) };
}

/** The learner called `ucb1`. */
export const ucb1Learner: Learner<ArmsState> = createLearner('ucb1');
/** The learner called `kl-ucb`. */
export const klUcbLearner: Learner<ArmsState> = createLearner('kl-ucb');
/** The learner called `thompson`. */
export const thompsonLearner: Learner<ArmsState> = createLearner('thompson');
/** The learner called `exp3`. */
export const exp3Learner: Learner<ArmsState> = createLearner('exp3');

function createLearner(name: Name): Learner<ArmsState> {
  const init = (configuration: LoopConfiguration): ArmsState => {
    refuseExploration(configuration);
    const options = parseOptions(name, schemas[name], configuration.learner.options);
    return { configuration, options: { ...options }, arms: new Map(), counts: noCounts };
  };
  const propensity = name === 'exp3';
  return {
    name,
    needs(configuration) {
      init(configuration);
      return { signal: 'reward', propensity, rewardRange: true };
    },
    init,
    update: (state, experiences) => update(state, experiences, propensity),
    toArtifact: (state) => toArtifact(name, state),
    fromArtifact: (configuration, content) => fromArtifact(init(configuration), content),
    subjects: null,
  };
}

function update(state: ArmsState, experiences: readonly Experience[], propensity: boolean): ArmsState {
  const [least, largest] = state.configuration.reward.range;
  const arms = new Map(state.arms);
  let { counts } = state;
  for (const { request, item, reward, weight, probability } of experiences) {
    const usable =
      request.candidates.some((candidate) => candidate.item === item) &&
      Number.isFinite(reward) &&
      Number.isFinite(weight) &&
      weight > 0 &&
      (!propensity || (probability !== null && probability > 0));
    if (!usable) {
      counts = countSkipped(counts);
      continue;
    }
    if (propensity) meet(request.candidates, arms);
    const arm = arms.get(item) ?? { plays: 0, reward: 0, loss: 0 };
    const y = Math.min(1, Math.max(0, (reward - least) / (largest - least)));
    const mean = arm.plays === 0 ? 0.5 : arm.reward / arm.plays;
    counts = countExample(counts, reward, least + (largest - least) * mean);
    arms.set(item, {
      plays: arm.plays + weight,
      reward: arm.reward + weight * y,
      loss: arm.loss + (propensity ? (weight * (1 - y)) / (probability ?? 1) : 0),
    });
  }
  return { ...state, arms, counts };
}

/** Items that are there for the first time begin with the least loss of the others that are there. */
function meet(candidates: readonly { readonly item: string }[], arms: Map<string, Arm>): void {
  const known = candidates.flatMap(({ item }) => arms.get(item)?.loss ?? []);
  if (known.length === candidates.length) return;
  const loss = known.length === 0 ? 0 : Math.min(...known);
  for (const { item } of candidates) if (!arms.has(item)) arms.set(item, { plays: 0, reward: 0, loss });
}

function toArtifact(name: Name, { configuration, options, arms, counts }: ArmsState): ArtifactContent {
  const sorted = [...arms].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const written: ArmsConfiguration = {
    action: configuration.action.type,
    items: sorted.map(([item]) => item),
    rewardRange: configuration.reward.range,
    leastProbability: configuration.leastProbability,
    rule: { name, ...options } as ArmsConfiguration['rule'],
    examples: counts.examples,
    learner: { name, options },
  };
  const column = (of: keyof Arm): Float64Array => Float64Array.from(sorted, ([, arm]) => arm[of]);
  return {
    format: armsFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(written)) as JsonObject,
    files: [
      {
        name: armsFiles.arms,
        bytes: packArrays(
          new Map([
            ['plays', column('plays')],
            ['rewards', column('reward')],
            ['losses', column('loss')],
          ]),
        ),
      },
      { name: armsFiles.counts, bytes: packArrays(new Map([['counts', countsToNumbers(counts)]])) },
    ],
    metrics: { ...metricsOf(counts), items: sorted.length },
  };
}

/** Goes on where `content` ended, whichever of these rules it was for; starts anew where the reward range has become another. */
function fromArtifact(fresh: ArmsState, content: ArtifactContent): ArmsState {
  const parsed = armsConfigurationSchema.safeParse(content.configuration);
  const { range } = fresh.configuration.reward;
  if (content.format !== armsFormatName || !parsed.success) return fresh;
  const { items, rewardRange } = parsed.data;
  if (rewardRange[0] !== range[0] || rewardRange[1] !== range[1]) return fresh;
  const arrays = arraysOf(content, armsFiles.arms);
  const [plays, rewards, losses] = ['plays', 'rewards', 'losses'].map((name) => arrayNamed(arrays, name, 'float64'));
  const arms = items.map((item, index): [string, Arm] => [
    item,
    { plays: plays?.[index] ?? 0, reward: rewards?.[index] ?? 0, loss: losses?.[index] ?? 0 },
  ]);
  const counts = arrayNamed(arraysOf(content, armsFiles.counts), 'counts', 'float64');
  return { ...fresh, arms: new Map(arms), counts: countsFrom(counts) };
}
