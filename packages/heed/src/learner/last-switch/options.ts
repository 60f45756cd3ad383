import { z } from 'zod';
import { parseOptions } from '../parse-options.ts';
import { planDefaults } from './planner.ts';

/** What the learner does where its options say nothing. */
export const lastSwitchDefaults = {
  idle: null,
  tauMax: 6,
  phiMax: 4,
  samples: 5,
  roundings: planDefaults.roundings,
  monotone: true,
} as const;

const defaults = lastSwitchDefaults;
const most = 100;

export const lastSwitchOptionsSchema = z.strictObject({
  idle: z.string().min(1).nullable().default(defaults.idle),
  tauMax: z.number().int().min(1).max(most).default(defaults.tauMax),
  phiMax: z.number().int().min(1).max(most).default(defaults.phiMax),
  samples: z.number().int().min(0).max(1_000_000).default(defaults.samples),
  roundings: z.number().int().min(1).max(10_000).default(defaults.roundings),
  monotone: z.boolean().default(defaults.monotone),
});
export type LastSwitchOptions = z.infer<typeof lastSwitchOptionsSchema>;

/**
 * Learns what each item pays by how long it has rested, or how often in a row it was chosen, and plays a schedule of rest
 * and repetition. Rounds are the decisions of a subject; without a subject, those of the loop that have none.
 *
 * @param options.idle the item that stands for doing nothing; its rewards are not learned from. Default null: every
 * round must choose something, and where the schedule would rest all, the item that pays most now is chosen.
 * @param options.tauMax most rounds of rest that are told apart, 1 to 100. Default 6.
 * @param options.phiMax most choices in a row that are planned, 1 to 100. Default 4.
 * @param options.samples of each state of each item, before the schedule is played. Default 5.
 * @param options.roundings schedules that are drawn, of which the best is kept. Default 64.
 * @param options.monotone that an item pays no less the longer it has rested, nor more the more often it was repeated.
 * Where it is false estimates are not sorted out, and only items that are never in one another's way are scheduled
 * together. Default true.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = lastSwitch({ idle: 'nothing', tauMax: 7 });
 */
export function lastSwitch(options: z.input<typeof lastSwitchOptionsSchema> = {}): {
  name: 'last-switch';
  options: LastSwitchOptions;
} {
  return { name: 'last-switch', options: parseOptions('last-switch', lastSwitchOptionsSchema, options) };
}
