import { drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import type { EstimatorName } from '../off-policy/estimators.ts';
import type { LoggedRounds } from '../off-policy/rounds.ts';
import type { LoggedSlates } from '../off-policy/slates.ts';
import { leaning } from './settings.ts';
import type { Setting } from './settings.ts';

/** A made-up place in which the value of a policy is known. */
export interface World<Rows extends LoggedRounds | LoggedSlates = LoggedRounds> {
  readonly name: string;
  /** What the evaluated policy earns a decision, exactly. */
  readonly value: number;
  /** Whether decisions come in subjects. */
  readonly clustered: boolean;
  /** The log tells lies or leaves out what the target does: no estimate of it is right. */
  readonly broken: boolean;
  /** Estimators that are right on average here. */
  readonly unbiased: readonly EstimatorName[];
  readonly rewardRange: readonly [number, number];
  /** The logging policy gives no action less. */
  readonly leastProbability: number;
  /** Writes a log by the logging policy of this world. */
  log(random: Random): Rows;
}

/** The least probability above 0. */
function leastOf({ contexts }: Setting, logging: (context: number) => Float64Array): number {
  const all = Array.from({ length: contexts }, (_each, context) => [...logging(context)]).flat();
  return Math.min(...all.filter((probability) => probability > 0));
}

function targetValue({ contexts, target, meanReward }: Setting): number {
  let sum = 0;
  for (let context = 0; context < contexts; context += 1)
    target(context).forEach((probability, action) => (sum += probability * meanReward(context, action)));
  return sum / contexts;
}

const unbiased = ['ips', 'dr'] as const;

interface Writer {
  readonly rounds: LoggedRounds;
  /** Draws an action by `probabilities`, logs `told` of it, and returns it with its reward. */
  write(
    random: Random,
    context: number,
    probabilities: Float64Array,
    more?: { readonly told?: Float64Array; readonly effect?: number; readonly subject?: number },
  ): { readonly action: number; readonly reward: number };
}

function createWriter(setting: Setting, count: number, clustered: boolean): Writer {
  const { meanReward, modelReward, target } = setting;
  const column = (): Float64Array => new Float64Array(count);
  const [reward, loggedProbability, targetProbability] = [column(), column(), column()];
  const [predictedTaken, predictedTarget] = [column(), column()];
  const action = new Uint32Array(count);
  const subject = clustered ? new Uint32Array(count) : null;
  let row = 0;
  return {
    rounds: {
      count,
      reward,
      loggedProbability,
      targetProbability,
      subject,
      predictedTaken,
      predictedTarget,
      balancedWeight: null,
      action,
    },
    write(random, context, probabilities, { told = probabilities, effect = 0, subject: who = 0 } = {}) {
      const taken = drawIndex(probabilities, random.uniform());
      const got = setting.reward(meanReward(context, taken) + effect, random.uniform());
      const wanted = target(context);
      action[row] = taken;
      reward[row] = got;
      loggedProbability[row] = told[taken] ?? NaN;
      targetProbability[row] = wanted[taken] ?? NaN;
      predictedTaken[row] = modelReward(context, taken);
      predictedTarget[row] = wanted.reduce((sum, share, each) => sum + share * modelReward(context, each), 0);
      if (subject !== null) subject[row] = who;
      row += 1;
      return { action: taken, reward: got };
    },
  };
}

const drawContext = ({ contexts }: Setting, random: Random): number => Math.floor(random.uniform() * contexts);

/** The logging policy stays the same: `logging` gives its probabilities, `told` those that it writes down. */
export function fixedWorld(
  setting: Setting,
  name: string,
  count: number,
  logging: (context: number) => Float64Array,
  { told = logging, broken = false }: { told?: (context: number) => Float64Array; broken?: boolean } = {},
): World {
  return {
    name,
    value: targetValue(setting),
    clustered: false,
    broken,
    unbiased: broken ? [] : unbiased,
    rewardRange: [0, 1],
    leastProbability: leastOf(setting, told),
    log(random) {
      const writer = createWriter(setting, count, false);
      for (let row = 0; row < count; row += 1) {
        const context = drawContext(setting, random);
        writer.write(random, context, logging(context), { told: told(context) });
      }
      return writer.rounds;
    },
  };
}

/** A bandit that learns while it logs: ε-greedy on the running mean of each action in each context. */
export function learningWorld(setting: Setting, name: string, count: number, explore: (row: number) => number): World {
  const { contexts, actions } = setting;
  return {
    name,
    value: targetValue(setting),
    clustered: false,
    broken: false,
    unbiased,
    rewardRange: [0, 1],
    leastProbability: explore(count) / actions,
    log(random) {
      const writer = createWriter(setting, count, false);
      const [sums, counts] = [new Float64Array(contexts * actions), new Float64Array(contexts * actions)];
      for (let row = 0; row < count; row += 1) {
        const context = drawContext(setting, random);
        let best = 0;
        const mean = (action: number): number =>
          (0.5 + (sums[context * actions + action] ?? 0)) / (1 + (counts[context * actions + action] ?? 0));
        for (let action = 1; action < actions; action += 1) if (mean(action) > mean(best)) best = action;
        const share = explore(row);
        const probabilities = new Float64Array(actions).fill(share / actions);
        probabilities[best] = 1 - share + share / actions;
        const { action, reward } = writer.write(random, context, probabilities);
        const at = context * actions + action;
        sums[at] = (sums[at] ?? 0) + reward;
        counts[at] = (counts[at] ?? 0) + 1;
      }
      return writer.rounds;
    },
  };
}

const mostDecisions = 50;

/** Subjects with 1 to 50 decisions each; one in a good mood takes every action better, and those with many are in one more often. */
export function subjectWorld(
  setting: Setting,
  name: string,
  subjects: number,
  logging: (context: number) => Float64Array,
): World {
  let [decisions, lift] = [0, 0];
  for (let count = 1; count <= mostDecisions; count += 1) {
    decisions += count;
    lift += count * (2 * (count / mostDecisions) - 1) * setting.moods;
  }
  return {
    name,
    value: targetValue(setting) + lift / decisions,
    clustered: true,
    broken: false,
    unbiased,
    rewardRange: [0, 1],
    leastProbability: leastOf(setting, logging),
    log(random) {
      const sizes = Array.from({ length: subjects }, () => 1 + Math.floor(random.uniform() * mostDecisions));
      const writer = createWriter(
        setting,
        sizes.reduce((sum, size) => sum + size, 0),
        true,
      );
      sizes.forEach((size, subject) => {
        const effect = random.uniform() < size / mostDecisions ? setting.moods : -setting.moods;
        for (let row = 0; row < size; row += 1) {
          const context = drawContext(setting, random);
          writer.write(random, context, logging(context), { effect, subject });
        }
      });
      return writer.rounds;
    },
  };
}

/** A logging policy that takes the evaluated policy's favourite this often. */
export function leans(
  { contexts, actions, favourite }: Setting,
  share: number | ((context: number) => number),
): (context: number) => Float64Array {
  const table = Array.from({ length: contexts }, (_each, context) =>
    leaning(actions, favourite(context), typeof share === 'number' ? share : share(context)),
  );
  return (context) => table[context] ?? new Float64Array(0);
}
