import { drawnSetting, yesOrNo } from './settings.ts';
import type { Setting } from './settings.ts';
import { fixedWorld, learningWorld, leans, subjectWorld } from './world-kinds.ts';
import type { World } from './world-kinds.ts';

/** Five contexts and five actions; the model is a third too low. */
const plain = drawnSetting({
  seed: 'a plain setting',
  contexts: 5,
  actions: 5,
  means: [0.1, 0.6],
  moods: 0.08,
  model: (mean) => 0.67 * mean,
  temperature: 0.12,
  reward: yesOrNo,
});

/** Purchases: of a hundred decisions one to eight earn something, and the model knows only that. */
const rare = drawnSetting({
  seed: 'a rare setting',
  contexts: 8,
  actions: 6,
  means: [0.01, 0.08],
  moods: 0.008,
  model: () => 0.04,
  temperature: 0.02,
  reward: yesOrNo,
});

/** Stars: none to four of four, each got or not by itself, from one number. */
const stars = drawnSetting({
  seed: 'a setting of stars',
  contexts: 12,
  actions: 4,
  means: [0.35, 0.85],
  moods: 0.1,
  model: (mean, action) => 0.6 + 0.4 * (mean - 0.6) + 0.03 * (action - 1.5),
  temperature: 0.08,
  reward: starsOf,
});

function starsOf(mean: number, uniform: number): number {
  let [got, below] = [0, 0];
  for (let count = 0; count <= 4; count += 1) {
    below += ([1, 4, 6, 4, 1][count] ?? 0) * mean ** count * (1 - mean) ** (4 - count);
    if (uniform < below || count === 4) {
      got = count / 4;
      break;
    }
  }
  return got;
}

/** Amounts: nearly always little, now and then much: `u^(1 / mean − 1)` has that mean. */
const amounts = drawnSetting({
  seed: 'a setting of amounts',
  contexts: 4,
  actions: 9,
  means: [0.04, 0.25],
  moods: 0.015,
  model: (mean, action) => 0.5 * mean + 0.01 * action,
  temperature: 0.05,
  reward: (mean, uniform) => uniform ** (1 / mean - 1),
});

/** Nine worlds of a setting: three kinds of logging policies, with weights, rates and sizes of their own. */
function worldsOf(setting: Setting, kind: string): World[] {
  const largest = Math.max(
    ...Array.from({ length: setting.contexts }, (_each, context) => Math.max(...setting.target(context))),
  );
  const weights = (to: number) => leans(setting, largest / to);
  return [
    fixedWorld(setting, `${kind}: fixed, weights to 8`, 1_200, weights(8)),
    fixedWorld(setting, `${kind}: fixed, weights to 40`, 1_600, weights(40)),
    fixedWorld(setting, `${kind}: fixed, weights to 150`, 1_200, weights(150)),
    fixedWorld(setting, `${kind}: fixed, weights to 1,000`, 1_200, weights(1_000)),
    learningWorld(setting, `${kind}: learning, explores 25 %`, 1_200, () => 0.25),
    learningWorld(setting, `${kind}: learning, explores as the root of time`, 1_600, (row) =>
      Math.min(1, 3 / Math.sqrt(row + 1)),
    ),
    learningWorld(setting, `${kind}: learning, stops exploring`, 1_600, (row) => Math.min(1, 60 / (row + 1) ** 1.2)),
    subjectWorld(setting, `${kind}: subjects, weights to 12`, 90, weights(12)),
    fixedWorld(setting, `${kind}: lies about its probabilities`, 1_200, weights(16), {
      told: leans(setting, Math.min(0.5, (3 * largest) / 16)),
      broken: true,
    }),
  ];
}

/** Worlds that were written down after all limits were chosen, and before anything was run on them. */
export const freshWorlds: readonly World[] = [
  ...worldsOf(plain, 'plain'),
  ...worldsOf(rare, 'rare'),
  ...worldsOf(stars, 'stars'),
  ...worldsOf(amounts, 'amounts'),
];
