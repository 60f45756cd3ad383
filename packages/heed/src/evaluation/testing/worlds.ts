import { drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import type { LoggedRounds } from '../off-policy/rounds.ts';

/** A made-up place in which the value of a policy is known. */
export interface World {
  readonly name: string;
  /** What the evaluated policy earns a decision, exactly. */
  readonly value: number;
  /** Whether decisions come in subjects. */
  readonly clustered: boolean;
  /** The log tells lies or leaves out what the target does: no estimate of it is right. */
  readonly broken: boolean;
  /** The logging policy gives no action less. */
  readonly leastProbability: number;
  /** Writes a log by the logging policy of this world. */
  log(random: Random): LoggedRounds;
}

const contexts = 6;
const actions = 4;

/** Mean reward of action a in context x: every context has another best action. */
function meanReward(context: number, action: number): number {
  return 0.25 + 0.1 * ((context + action) % actions) + 0.02 * context;
}

/** A reward model with an error of its own: what is learned from a log is never quite right. */
function modelReward(context: number, action: number): number {
  return 0.45 + 0.6 * (meanReward(context, action) - 0.45) + 0.03 * (action - 1);
}

function bestAction(context: number): number {
  return (actions - 1 - (context % actions) + actions) % actions;
}

/** Takes the best action with probability `share`, else any of the others. */
function leaning(context: number, share: number, towards = bestAction(context)): Float64Array {
  return Float64Array.from({ length: actions }, (_each, action) =>
    action === towards ? share : (1 - share) / (actions - 1),
  );
}

/** The least probability above 0. */
function leastOf(logging: (context: number) => Float64Array): number {
  const all = Array.from({ length: contexts }, (_each, context) => [...logging(context)]).flat();
  return Math.min(...all.filter((probability) => probability > 0));
}

const target = (context: number): Float64Array => leaning(context, 0.85);

function targetValue(): number {
  let sum = 0;
  for (let context = 0; context < contexts; context += 1)
    target(context).forEach((probability, action) => (sum += probability * meanReward(context, action)));
  return sum / contexts;
}

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

function createWriter(count: number, clustered: boolean): Writer {
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
      const got = random.uniform() < meanReward(context, taken) + effect ? 1 : 0;
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

const drawContext = (random: Random): number => Math.floor(random.uniform() * contexts);

/** The logging policy stays the same: `logging` gives its probabilities, `told` those that it writes down. */
function fixedWorld(
  name: string,
  count: number,
  logging: (context: number) => Float64Array,
  { told = logging, broken = false }: { told?: (context: number) => Float64Array; broken?: boolean } = {},
): World {
  return {
    name,
    value: targetValue(),
    clustered: false,
    broken,
    leastProbability: leastOf(told),
    log(random) {
      const writer = createWriter(count, false);
      for (let row = 0; row < count; row += 1) {
        const context = drawContext(random);
        writer.write(random, context, logging(context), { told: told(context) });
      }
      return writer.rounds;
    },
  };
}

/** A bandit that learns while it logs: ε-greedy on the running mean of each action in each context. */
function learningWorld(name: string, count: number, explore: (row: number) => number): World {
  return {
    name,
    value: targetValue(),
    clustered: false,
    broken: false,
    leastProbability: explore(count) / actions,
    log(random) {
      const writer = createWriter(count, false);
      const [sums, counts] = [new Float64Array(contexts * actions), new Float64Array(contexts * actions)];
      for (let row = 0; row < count; row += 1) {
        const context = drawContext(random);
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
const moods = 0.2;

/** Subjects with 1 to 50 decisions each; one in a good mood takes every action better, and those with many are in one more often. */
function subjectWorld(name: string, subjects: number, logging: (context: number) => Float64Array): World {
  let [decisions, lift] = [0, 0];
  for (let count = 1; count <= mostDecisions; count += 1) {
    decisions += count;
    lift += count * (2 * (count / mostDecisions) - 1) * moods;
  }
  return {
    name,
    value: targetValue() + lift / decisions,
    clustered: true,
    broken: false,
    leastProbability: leastOf(logging),
    log(random) {
      const sizes = Array.from({ length: subjects }, () => 1 + Math.floor(random.uniform() * mostDecisions));
      const writer = createWriter(
        sizes.reduce((sum, size) => sum + size, 0),
        true,
      );
      sizes.forEach((size, subject) => {
        const effect = random.uniform() < size / mostDecisions ? moods : -moods;
        for (let row = 0; row < size; row += 1) {
          const context = drawContext(random);
          writer.write(random, context, logging(context), { effect, subject });
        }
      });
      return writer.rounds;
    },
  };
}

/** Worlds (i) with a fixed logging policy, (ii) with one that learns, (iii) with subjects; and some whose logs cannot tell. */
export const worlds: readonly World[] = [
  fixedWorld('fixed, weights to 4', 2_000, (context) => leaning(context, 0.25)),
  fixedWorld('fixed, weights to 17', 2_000, (context) => leaning(context, 0.05)),
  learningWorld('learning, explores 20 %', 2_000, () => 0.2),
  subjectWorld('subjects', 150, (context) => leaning(context, 0.25)),
  subjectWorld('subjects, weights to 17', 300, (context) => leaning(context, 0.05)),
  fixedWorld('fixed, weights to 425', 1_000, (context) => leaning(context, 0.002)),
  fixedWorld('fixed, weights to 4,250', 4_000, (context) => leaning(context, 0.0002)),
  learningWorld('learning, stops exploring', 2_000, (row) => Math.min(1, 5 / (row + 1) ** 1.5)),
  fixedWorld('never does what is asked', 2_000, (context) => leaning(context, context < 2 ? 0 : 0.3), { broken: true }),
  fixedWorld('lies about its probabilities', 2_000, (context) => leaning(context, 0.1), {
    told: (context) => leaning(context, 0.25),
    broken: true,
  }),
];
