import { z } from 'zod';
import { HeedError, contextualBanditFormatName, subjectOptionsSchema } from '../spec/index.ts';
import type { LoopConfiguration } from '../spec/index.ts';
import { parseOptions } from './parse-options.ts';

/** What the contextual bandit does where its options say nothing. Variances are in squared widths of the reward range. */
export const contextualBanditDefaults = {
  loss: 'squared',
  learningRate: 0.5,
  l2: 0,
  importance: 'none',
  importanceCap: 20,
  subject: { priorVariance: 0.25, noiseVariance: 0.25, shrink: 10 },
} as const;

const defaults = contextualBanditDefaults;

const optionsSchema = z.strictObject({
  loss: z.enum(['squared', 'logistic']).default(defaults.loss),
  learningRate: z.number().positive().default(defaults.learningRate),
  l2: z.number().nonnegative().default(defaults.l2),
  importance: z.enum(['none', 'inverse']).default(defaults.importance),
  importanceCap: z.number().min(1).default(defaults.importanceCap),
  subject: subjectOptionsSchema
    .extend({
      priorVariance: subjectOptionsSchema.shape.priorVariance.default(defaults.subject.priorVariance),
      noiseVariance: subjectOptionsSchema.shape.noiseVariance.default(defaults.subject.noiseVariance),
      shrink: subjectOptionsSchema.shape.shrink.default(defaults.subject.shrink),
    })
    .nullable()
    .default(null),
});
export type ContextualBanditOptions = z.infer<typeof optionsSchema>;

/**
 * Learns rewards by an online linear regression over the loop's hashed features.
 *
 * @param options.loss `squared`, or `logistic` with rewards mapped to [0, 1] by the declared range. Default squared.
 * @param options.learningRate above 0. Default 0.5.
 * @param options.l2 each example divides its features' weights by 1 + l2. Default 0.
 * @param options.importance `inverse` weighs examples by 1 / probability, at most `importanceCap`. Default none.
 * @param options.importanceCap at least 1. Default 20.
 * @param options.subject the part that keeps to one subject: `namespaces` it sees, `priorVariance` (0.25),
 * `noiseVariance` (0.25), `shrink` (10). Default null: none.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = contextualBandit({ subject: { namespaces: ['text'] } });
 */
export function contextualBandit(options: z.input<typeof optionsSchema> = {}): {
  name: typeof contextualBanditFormatName;
  options: ContextualBanditOptions;
} {
  return {
    name: contextualBanditFormatName,
    options: parseOptions(contextualBanditFormatName, optionsSchema, options),
  };
}

/**
 * Reads the learner's options from a loop's configuration, with every default filled in.
 *
 * @throws HeedError `invalid-configuration` also for a subject's namespace that the loop does not declare.
 */
export function readOptions({ name, learner, features }: LoopConfiguration): ContextualBanditOptions {
  const options = parseOptions(contextualBanditFormatName, optionsSchema, learner.options);
  for (const namespace of options.subject?.namespaces ?? []) {
    if (features.namespaces[namespace] === undefined) {
      throw new HeedError(
        'invalid-configuration',
        `cannot run the loop ${name}, as learner.subject.namespaces must be declared in its features (${Object.keys(features.namespaces).join(', ')}): it names ${namespace}`,
      );
    }
  }
  return options;
}
