import { virtualState } from '../../math/index.ts';
import type { LastSwitchModel, Random, ScheduledArm } from '../../math/index.ts';
import { bestOf, planDefaults, roundSchedule } from './planner.ts';
import type { LastSwitchPlan } from './planner.ts';
import type { Relaxation } from './relaxation.ts';

/**
 * Plans where payoffs may fall from tired to rested: arms are drawn at half their shares, in random order, and one is
 * kept only if it would never be played together with those kept before. Then real and virtual states are the same,
 * whatever the payoffs. There is no promise of how much of the relaxation this earns.
 *
 * @param options.roundings a whole number from 1. Default 64.
 */
export function planWithoutOverlap(
  model: LastSwitchModel,
  relaxation: Relaxation,
  random: Random,
  { roundings = planDefaults.roundings }: { readonly roundings?: number } = {},
): LastSwitchPlan {
  const halved = relaxation.blocks.map((block) => ({ ...block, frequency: block.frequency / 2 }));
  return bestOf(model, relaxation, roundings, () => {
    const kept: ScheduledArm[] = [];
    for (const scheduled of shuffled(roundSchedule({ blocks: halved }, random), random))
      if (kept.every((other) => neverMeet(scheduled, other, model))) kept.push(scheduled);
    return kept.toSorted((a, b) => a.arm - b.arm);
  });
}

/** Whether two arms are never played in the same round: both come back after the product of their periods. */
function neverMeet(first: ScheduledArm, second: ScheduledArm, model: LastSwitchModel): boolean {
  const rounds = (first.tau + first.phi) * (second.tau + second.phi);
  for (let round = 0; round < rounds; round += 1)
    if (virtualState(first, round, model) !== null && virtualState(second, round, model) !== null) return false;
  return true;
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, at: random.uniform() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
