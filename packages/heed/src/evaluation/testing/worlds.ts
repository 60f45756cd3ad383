import { gradedSetting, smallSetting, sparseSetting, wideSetting } from './settings.ts';
import type { Setting } from './settings.ts';
import { fixedWorld, learningWorld, leans, subjectWorld } from './world-kinds.ts';
import type { World } from './world-kinds.ts';

const small = smallSetting;

/** Worlds (i) with a fixed logging policy, (ii) with one that learns, (iii) with subjects; and some whose logs cannot tell. */
export const worlds: readonly World[] = [
  fixedWorld(small, 'fixed, weights to 4', 2_000, leans(small, 0.25)),
  fixedWorld(small, 'fixed, weights to 17', 2_000, leans(small, 0.05)),
  learningWorld(small, 'learning, explores 20 %', 2_000, () => 0.2),
  subjectWorld(small, 'subjects', 150, leans(small, 0.25)),
  subjectWorld(small, 'subjects, weights to 17', 300, leans(small, 0.05)),
  fixedWorld(small, 'fixed, weights to 425', 1_000, leans(small, 0.002)),
  fixedWorld(small, 'fixed, weights to 4,250', 4_000, leans(small, 0.0002)),
  learningWorld(small, 'learning, stops exploring', 2_000, (row) => Math.min(1, 5 / (row + 1) ** 1.5)),
  fixedWorld(
    small,
    'never does what is asked',
    2_000,
    leans(small, (context) => (context < 2 ? 0 : 0.3)),
    { broken: true },
  ),
  fixedWorld(small, 'lies about its probabilities', 2_000, leans(small, 0.1), {
    told: leans(small, 0.25),
    broken: true,
  }),
];

/** Ten more worlds of a setting, none of which any limit was chosen on. Shares of the favourite are those that give such weights. */
function freshWorlds(setting: Setting, kind: string): World[] {
  const largest = Math.max(
    ...Array.from({ length: setting.contexts }, (_each, context) => Math.max(...setting.target(context))),
  );
  const weights = (to: number) => leans(setting, largest / to);
  const even = leans(setting, 1 / setting.actions);
  return [
    fixedWorld(setting, `${kind}: fixed, even chances`, 1_500, even),
    fixedWorld(setting, `${kind}: fixed, weights to 20`, 1_500, weights(20)),
    fixedWorld(setting, `${kind}: fixed, weights to 300`, 1_000, weights(300)),
    fixedWorld(setting, `${kind}: fixed, weights to 3,000`, 1_500, weights(3_000)),
    learningWorld(setting, `${kind}: learning, explores 30 %`, 1_500, () => 0.3),
    learningWorld(setting, `${kind}: learning, explores ever less`, 1_500, (row) =>
      Math.max(0.15, (row + 1) ** (-1 / 3)),
    ),
    learningWorld(setting, `${kind}: learning, stops exploring`, 1_500, (row) => Math.min(1, 20 / (row + 1))),
    subjectWorld(setting, `${kind}: subjects, even chances`, 80, even),
    subjectWorld(setting, `${kind}: subjects, weights to 20`, 120, weights(20)),
    fixedWorld(setting, `${kind}: lies about its probabilities`, 1_500, weights(20), {
      told: leans(setting, Math.min(0.5, (2.5 * largest) / 20)),
      broken: true,
    }),
  ];
}

/** Worlds that were made after all limits were chosen, and before anything was run on them. */
export const unseenWorlds: readonly World[] = [
  ...freshWorlds(wideSetting, 'wide'),
  ...freshWorlds(sparseSetting, 'sparse'),
  ...freshWorlds(gradedSetting, 'graded'),
];
