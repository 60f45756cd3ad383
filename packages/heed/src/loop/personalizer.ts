import { HeedError } from '../spec/index.ts';
import type { RunningLoop } from './context.ts';
import type { Personalizer, PersonalizerDefinition } from './define.ts';

/**
 * Fills in the defaults of what serves Personalizer's routes.
 *
 * @throws HeedError `invalid-configuration` where a loop is not there or makes no choices, or a feedback is not a reward.
 */
export function readPersonalizer(
  given: PersonalizerDefinition | undefined,
  loops: ReadonlyMap<string, Pick<RunningLoop, 'configuration'>>,
): Personalizer | null {
  if (given === undefined) return null;
  const { loop, multiSlotLoop = loop, feedback = 'reward', rewardAggregation = 'first' } = given;
  if (rewardAggregation !== 'first' && rewardAggregation !== 'sum')
    throw invalid(`rewardAggregation must be first or sum: it is ${String(rewardAggregation)}`);
  for (const name of [loop, multiSlotLoop]) {
    const configuration = loops.get(name)?.configuration;
    if (configuration === undefined)
      throw invalid(`its loops must be among ${[...loops.keys()].join(', ')}: one is ${name}`);
    if (configuration.action.type !== 'choice')
      throw invalid(`the action of the loop ${name} must be a choice: it is ${configuration.action.type}`);
    if (!(feedback in configuration.reward.from))
      throw invalid(
        `feedback must name what makes the reward of the loop ${name} (${Object.keys(configuration.reward.from).join(', ')}): it names ${feedback}`,
      );
    if (rewardAggregation === 'sum' && configuration.reward.combine !== 'sum')
      throw invalid(
        `rewards that are summed must be combined by sum in the loop ${name}: it takes the ${configuration.reward.combine}`,
      );
  }
  return { loop, multiSlotLoop, feedback, rewardAggregation };
}

function invalid(why: string): HeedError {
  return new HeedError('invalid-configuration', `cannot serve Personalizer's routes, as ${why}`);
}
