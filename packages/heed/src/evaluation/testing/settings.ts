import { createRandom } from '../../math/index.ts';

/** What happens in a made-up place: contexts, actions, what these are worth, and the policy whose value is asked for. */
export interface Setting {
  readonly contexts: number;
  readonly actions: number;
  readonly meanReward: (context: number, action: number) => number;
  /** A reward model with an error of its own: what is learned from a log is never quite right. */
  readonly modelReward: (context: number, action: number) => number;
  /** Probabilities of the evaluated policy. */
  readonly target: (context: number) => Float64Array;
  /** The action that the evaluated policy favours. */
  readonly favourite: (context: number) => number;
  /** A reward of this mean, from a number in [0, 1). */
  readonly reward: (mean: number, uniform: number) => number;
  /** By how much a subject in a good mood takes every action better. */
  readonly moods: number;
}

/** Takes one action with probability `share`, else any of the others. */
export function leaning(actions: number, towards: number, share: number): Float64Array {
  return Float64Array.from({ length: actions }, (_each, action) =>
    action === towards ? share : (1 - share) / (actions - 1),
  );
}

export const yesOrNo = (mean: number, uniform: number): number => (uniform < mean ? 1 : 0);

const smallTargets = Array.from({ length: 6 }, (_each, context) => leaning(4, smallFavourite(context), 0.85));

function smallFavourite(context: number): number {
  return (4 - 1 - (context % 4) + 4) % 4;
}

/** Six contexts, four actions: every context has another best action. */
export const smallSetting: Setting = {
  contexts: 6,
  actions: 4,
  meanReward: (context, action) => 0.25 + 0.1 * ((context + action) % 4) + 0.02 * context,
  modelReward: (context, action) =>
    0.45 + 0.6 * (smallSetting.meanReward(context, action) - 0.45) + 0.03 * (action - 1),
  target: (context) => smallTargets[context] ?? new Float64Array(0),
  favourite: smallFavourite,
  reward: yesOrNo,
  moods: 0.2,
};

interface Drawn {
  readonly seed: string;
  readonly contexts: number;
  readonly actions: number;
  /** Mean rewards are drawn evenly from here. */
  readonly means: readonly [number, number];
  readonly moods: number;
  readonly model: (mean: number, action: number) => number;
  /** The evaluated policy takes an action in proportion to `exp(mean / temperature)`. */
  readonly temperature: number;
  readonly reward?: Setting['reward'];
}

/** A setting whose mean rewards are drawn by a seed. */
export function drawnSetting({
  seed,
  contexts,
  actions,
  means,
  moods,
  model,
  temperature,
  reward = yesOrNo,
}: Drawn): Setting {
  const random = createRandom(seed);
  const [least, largest] = means;
  const table = Float64Array.from({ length: contexts * actions }, () => least + (largest - least) * random.uniform());
  const meanReward = (context: number, action: number): number => table[context * actions + action] ?? NaN;
  const targets = Array.from({ length: contexts }, (_each, context) => {
    const powers = Float64Array.from({ length: actions }, (_, action) =>
      Math.exp(meanReward(context, action) / temperature),
    );
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
  const favourites = targets.map((each) => each.indexOf(Math.max(...each)));
  return {
    contexts,
    actions,
    meanReward,
    modelReward: (context, action) => model(meanReward(context, action), action),
    target: (context) => targets[context] ?? new Float64Array(0),
    favourite: (context) => favourites[context] ?? NaN,
    reward,
    moods,
  };
}

/** Many actions, rewards all over. */
export const wideSetting = drawnSetting({
  seed: 'a wide setting',
  contexts: 9,
  actions: 7,
  means: [0.2, 0.8],
  moods: 0.2,
  model: (mean, action) => 0.5 + 0.5 * (mean - 0.5) + 0.02 * (action - 3),
  temperature: 0.15,
});

/** Clicks: most decisions earn nothing, and the model knows next to nothing. */
export const sparseSetting = drawnSetting({
  seed: 'a sparse setting',
  contexts: 3,
  actions: 12,
  means: [0.02, 0.16],
  moods: 0.015,
  model: (mean) => 0.08 + 0.2 * (mean - 0.08),
  temperature: 0.03,
});

/** Rewards between 0 and 1, of little spread; the model is too high throughout. */
export const gradedSetting = drawnSetting({
  seed: 'a graded setting',
  contexts: 20,
  actions: 3,
  means: [0.3, 0.7],
  moods: 0.1,
  model: (mean) => mean + 0.1,
  temperature: 0.1,
  reward: (mean, uniform) => mean + 0.4 * (uniform - 0.5),
});
