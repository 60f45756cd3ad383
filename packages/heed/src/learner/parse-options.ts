import type { z } from 'zod';
import { HeedError, explorationOfChoices } from '../spec/index.ts';
import type { LoopConfiguration } from '../spec/index.ts';

/**
 * Reads a learner's options with every default filled in.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function parseOptions<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter((part) => part !== '').join(': '),
  );
  throw new HeedError(
    'invalid-configuration',
    `cannot learn by ${name}, as its options must fit: ${problems.join('; ')}`,
  );
}

/** What a loop has that names no exploration: nobody asked for it. */
const unasked = new Set(['square-cb', 'plackett-luce', 'epsilon-greedy']);

/**
 * Refuses an exploration that was asked for where the learner explores in its own way: it would have no effect.
 * @throws HeedError `invalid-configuration`.
 */
export function refuseExploration({ name, learner, exploration }: LoopConfiguration): void {
  const given = Object.keys(exploration.options).length;
  const defaults = Object.entries(explorationOfChoices.options);
  const isOfChoices =
    exploration.name === explorationOfChoices.name &&
    given === defaults.length &&
    defaults.every(([option, value]) => exploration.options[option] === value);
  if (isOfChoices || (unasked.has(exploration.name) && given === 0)) return;
  throw new HeedError(
    'invalid-configuration',
    `cannot run the loop ${name}, as ${learner.name} explores in its own way and exploration must be left out: it is ${exploration.name}`,
  );
}
