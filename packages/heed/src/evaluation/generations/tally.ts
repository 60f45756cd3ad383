/** What probabilities may add up to beside 1. */
const rounding = 1e-6;

/** What a decision of a generation was, and what came of it. */
export interface GenerationRow {
  /** For whom: rewards of one subject are not independent. `null`: independent of all others. */
  readonly subject: string | null;
  /** `null`: not known, which is not 0. */
  readonly reward: number | null;
  /** Of every allowed action, in [0, 1]; `null` where they are not known. */
  readonly probabilities: ArrayLike<number> | null;
}

/** What is kept of rewards that are not independent. */
export interface RewardCluster {
  count: number;
  sum: number;
}

/** What is kept of a generation while its decisions are read: a few sums, and two numbers for each subject. */
export interface GenerationTally {
  readonly artifact: string;
  observe(row: GenerationRow): void;
  readonly sums: () => GenerationSums;
}

export interface GenerationSums {
  readonly decisions: number;
  readonly rewards: number;
  readonly zeros: number;
  readonly least: number;
  readonly largest: number;
  readonly clusters: ReadonlyMap<string, Readonly<RewardCluster>>;
  /** Decisions of which all probabilities are known, and those of them that had more than one allowed action. */
  readonly shaped: number;
  readonly open: number;
  /** Sums over them. */
  readonly exploration: number;
  readonly entropy: number;
  readonly otherProbability: number;
}

/**
 * Counts what the decisions of one generation, in any order, were and earned.
 *
 * @throws RangeError on `observe`, where a reward is not finite or probabilities do not add up to 1.
 */
export function createGenerationTally(artifact: string): GenerationTally {
  const clusters = new Map<string, RewardCluster>();
  let [decisions, rewards, zeros, shaped, open] = [0, 0, 0, 0, 0];
  let [exploration, entropy, otherProbability] = [0, 0, 0];
  let [least, largest] = [Infinity, -Infinity];

  function takeReward(subject: string | null, reward: number): void {
    if (!Number.isFinite(reward))
      throw new RangeError(`cannot count a decision, as its reward must be finite: it is ${reward}`);
    rewards += 1;
    if (reward === 0) zeros += 1;
    least = Math.min(least, reward);
    largest = Math.max(largest, reward);
    // No subject has a name that begins so: those without one stand alone.
    const key = subject === null ? `\0${rewards} of ${artifact}` : subject;
    const cluster = clusters.get(key);
    if (cluster === undefined) clusters.set(key, { count: 1, sum: reward });
    else {
      cluster.count += 1;
      cluster.sum += reward;
    }
  }

  function takeProbabilities(probabilities: ArrayLike<number>): void {
    const { sum, top, nats } = shapeOf(probabilities);
    if (!(Math.abs(sum - 1) <= rounding))
      throw new RangeError(`cannot count a decision, as its probabilities must add up to 1: they add up to ${sum}`);
    shaped += 1;
    const explored = Math.max(0, 1 - top);
    exploration += explored;
    entropy += nats;
    if (probabilities.length < 2) return;
    open += 1;
    otherProbability += explored / (probabilities.length - 1);
  }

  return {
    artifact,
    observe({ subject, reward, probabilities }) {
      if (reward !== null) takeReward(subject, reward);
      if (probabilities !== null) takeProbabilities(probabilities);
      decisions += 1;
    },
    sums: () => ({
      decisions,
      rewards,
      zeros,
      least,
      largest,
      clusters,
      shaped,
      open,
      exploration,
      entropy,
      otherProbability,
    }),
  };
}

function shapeOf(probabilities: ArrayLike<number>) {
  let [sum, top, nats] = [0, 0, 0];
  for (let place = 0; place < probabilities.length; place += 1) {
    const probability = probabilities[place] ?? 0;
    sum += probability;
    top = Math.max(top, probability);
    if (probability > 0) nats -= probability * Math.log(probability);
  }
  return { sum, top, nats };
}
