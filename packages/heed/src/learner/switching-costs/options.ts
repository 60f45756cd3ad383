import { z } from 'zod';
import { createRandom } from '../../math/index.ts';
import { HeedError } from '../../spec/index.ts';
import { parseOptions } from '../parse-options.ts';
import { startDescent } from './batched-descent.ts';
import type { BatchedDescentOptions } from './batched-descent.ts';
import {
  banditFeedback,
  flexibleFeedback,
  fullFeedback,
  plainBandit,
  withExtraObservations,
  withTotalObservations,
} from './instances.ts';

/** What learning with switching costs does where its options say nothing. */
export const switchingCostsDefaults = { feedback: 'bandit', observe: 2 } as const;

export const switchingCostsName = 'switching-costs';

const defaults = switchingCostsDefaults;
const schema = z.strictObject({
  actions: z.number().int().min(2),
  horizon: z.number().int().min(1),
  feedback: z.enum(['full', 'flexible', 'bandit', 'extra', 'total']).default(defaults.feedback),
  observe: z.number().int().min(1).default(defaults.observe),
  budget: z.number().int().min(1).nullable().default(null),
  batches: z.number().int().min(1).nullable().default(null),
  learningRate: z.number().positive().nullable().default(null),
});
export type SwitchingCostsInput = z.input<typeof schema>;
type Options = z.output<typeof schema>;

/**
 * Learns which item to hold where each change costs as much as the whole width of the reward range: batches, mirror
 * descent and a shrinking dartboard. A round is a decision, in the order of time; one observed round of each batch is
 * learned from. Observations of items that were not chosen come as feedback on the target `alternative`.
 *
 * @param options.actions K, items to choose from, at least 2.
 * @param options.horizon T, rounds; the schedule and the budget begin anew after them, what was learned stays.
 * @param options.feedback what is observed: `full`, all items of a round; `flexible`, `observe` items drawn anew for each
 * batch; `bandit`, the chosen one (default); `extra` and `total` choose between `full` and `bandit` by the budget:
 * of observations beside the chosen ones, or of all.
 * @param options.observe M, items observed at a time where that is flexible, 1 to K. Default 2.
 * @param options.budget B, observations within the horizon. Default: as many as there are; for `bandit`, `K^{1/3} T^{2/3}`.
 * @param options.batches N, instead of the paper's.
 * @param options.learningRate η, instead of the paper's.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = switchingCosts({ actions: 3, horizon: 1_000, feedback: 'full', budget: 90 });
 * @source Cheng, Zhou, Ji 2023, Understanding the role of feedback in online learning with switching costs.
 */
export function switchingCosts(options: SwitchingCostsInput) {
  scheduleOf(options);
  return { name: switchingCostsName, options: parseOptions(switchingCostsName, schema, options) } as const;
}

/**
 * Reads the options into a schedule.
 * @throws HeedError `invalid-configuration` also for a budget that buys nothing, or batches that do not fit the horizon.
 */
export function scheduleOf(given: unknown): BatchedDescentOptions {
  const options = parseOptions(switchingCostsName, schema, given);
  const { actions, horizon, batches, learningRate } = options;
  try {
    const usual = usualSchedule(options, { actions, horizon });
    const schedule = {
      ...usual,
      batches: batches ?? usual.batches,
      learningRate: learningRate ?? usual.learningRate,
    };
    startDescent(schedule, createRandom('check'));
    return schedule;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new HeedError('invalid-configuration', cause.message, { cause });
  }
}

function usualSchedule(
  { feedback, observe, budget }: Options,
  situation: { readonly actions: number; readonly horizon: number },
): BatchedDescentOptions {
  const all = situation.actions * situation.horizon;
  switch (feedback) {
    case 'full':
      return fullFeedback(situation, budget ?? all);
    case 'flexible':
      return flexibleFeedback(situation, budget ?? observe * situation.horizon, observe);
    case 'bandit':
      return budget === null ? plainBandit(situation) : banditFeedback(situation, budget);
    case 'extra':
      return withExtraObservations(situation, budget ?? all);
    case 'total':
      return withTotalObservations(situation, budget ?? all);
  }
}
