import { configurationWith } from '../../packages/heed/src/learner/testing-configuration.ts';
import type {
  ArtifactContent,
  Experience,
  Learner,
  LoopConfiguration,
  Policy,
  PolicyFormat,
  PolicyRequest,
} from '../../packages/heed/src/spec/index.ts';
import type { BanditSet } from './sets.ts';

/** What acts on a set row after row, and learns from what it is told. */
export interface Bandit {
  /** The action taken, and its probability. */
  decide(request: PolicyRequest, seed: string): { readonly action: number; readonly probability: number };
  learn(experience: Experience): void;
}

export interface Simulation {
  /** Share of actions that were wrong: the regret of a decision, as the class is always right. */
  readonly loss: number;
  readonly seconds: number;
  /** The first actions, for comparisons. */
  readonly actions: readonly number[];
}

/** Acts, is told the reward of what it did, learns, row after row. */
export function simulate(set: BanditSet, bandit: Bandit, seed: string): Simulation {
  const requests = requestsOf(set);
  const actions: number[] = [];
  let wrong = 0;
  const start = performance.now();
  requests.forEach((request, row) => {
    const { action, probability } = bandit.decide(request, `${seed} ${row}`);
    const reward = action === set.classes[row] ? 1 : 0;
    wrong += 1 - reward;
    bandit.learn({ request, item: `class${action}`, probability, reward, weight: 1 });
    actions.push(action);
  });
  return { loss: wrong / set.rows, seconds: (performance.now() - start) / 1_000, actions };
}

/** A loop over a set: features as where a loop declares none, a table with room for all of them. */
export function loopFor(
  { width, actions }: BanditSet,
  learner: LoopConfiguration['learner'],
  exploration?: LoopConfiguration['exploration'],
  crosses = [['context', 'item']],
): LoopConfiguration {
  const { features } = configurationWith();
  const bits = Math.ceil(Math.log2(8 * (width + 1) * (actions + 1)));
  return configurationWith({
    learner,
    features: { ...features, crosses, bits },
    ...(exploration !== undefined && { exploration }),
  });
}

/** When a learner that fits anew is trained: after each example, or each time that the examples have grown by a share. */
export interface TrainingPlan {
  readonly first: number;
  readonly growth: number;
}

/** A learner and its policy as a loop has them: artifacts are written and read, by default after every example. */
export function throughArtifacts<State>(
  learner: Learner<State>,
  format: PolicyFormat,
  configuration: LoopConfiguration,
  { first, growth }: TrainingPlan = { first: 1, growth: 0 },
): Bandit {
  let state = learner.init(configuration, 'seed');
  const read = (content: ArtifactContent): Policy => format.read('bandit', content);
  let policy = read(learner.toArtifact(state));
  let waiting: Experience[] = [];
  let learned = 0;
  return {
    decide(request, seed) {
      const { action, behaviour } = policy.decide(request, seed);
      const chosen = action.type === 'choice' ? request.candidates.findIndex(({ item }) => item === action.item) : -1;
      return { action: chosen, probability: Math.exp(behaviour.logProbability ?? NaN) };
    },
    learn(experience) {
      waiting.push(experience);
      if (waiting.length < Math.max(first, growth * learned)) return;
      state = learner.update(state, waiting);
      learned += waiting.length;
      waiting = [];
      policy = read(learner.toArtifact(state));
    },
  };
}

function requestsOf({ rows, width, actions, features }: BanditSet): PolicyRequest[] {
  const candidates = Array.from({ length: actions }, (_, action) => ({ item: `class${action}`, features: {} }));
  const names = Array.from({ length: width }, (_, at) => `f${at}`);
  return Array.from({ length: rows }, (_, row) => ({
    subject: null,
    context: Object.fromEntries(names.map((name, at) => [name, features[row * width + at] ?? 0])),
    candidates,
    excluded: new Set<string>(),
    size: 1,
    subjectState: null,
  }));
}
