import { z } from 'zod';
import { HeedError, contextualBanditFormatName, subjectOptionsSchema } from '../spec/index.ts';
import type { LoopConfiguration } from '../spec/index.ts';
import { parseOptions } from './parse-options.ts';

/** What the contextual bandit does where its options say nothing. Variances are in squared widths of the reward range. */
export const contextualBanditDefaults = {
  loss: 'logistic',
  prior: 0.4,
  mostFeatures: 128,
  mostCells: 131_072,
  /** With gradient steps, which these options ask for. */
  gradient: { loss: 'squared', learningRate: 0.5, l2: 0 },
  importance: 'none',
  importanceCap: 20,
  subject: { priorVariance: 0.25, noiseVariance: 0.25, shrink: 10 },
} as const;

const defaults = contextualBanditDefaults;
const losses = z.enum(['squared', 'logistic']);
const common = {
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
};
const newtonSchema = z.strictObject({
  loss: losses.default(defaults.loss),
  prior: z.number().positive().default(defaults.prior),
  mostFeatures: z.number().int().min(1).max(4_096).default(defaults.mostFeatures),
  mostCells: z.number().int().nonnegative().max(16_777_216).default(defaults.mostCells),
  ...common,
});
const gradientSchema = z.strictObject({
  loss: losses.default(defaults.gradient.loss),
  learningRate: z.number().positive().default(defaults.gradient.learningRate),
  l2: z.number().nonnegative().default(defaults.gradient.l2),
  ...common,
});
export type NewtonOptions = z.infer<typeof newtonSchema>;
export type GradientStepOptions = z.infer<typeof gradientSchema>;
export type ContextualBanditOptions = NewtonOptions | GradientStepOptions;
type Input = z.input<typeof newtonSchema> | z.input<typeof gradientSchema>;

/**
 * Learns rewards by an online linear regression over the loop's hashed features.
 *
 * @param options.loss `logistic`, with rewards mapped to [0, 1] by the declared range, or `squared`. Default logistic.
 * @param options.prior how firmly weights are held at 0 before anything is known, above 0: 1 over the variance of the sum
 * that they make. Default 0.4.
 * @param options.mostFeatures features of which the learner knows how they go together: per item, and for what items
 * have in common. Of others it knows each by itself. Default 128.
 * @param options.mostCells the same for all together, in numbers that are kept. Default 131,072, a megabyte.
 * @param options.learningRate instead of these, above 0: adaptive gradient steps, which take less time. Default 0.5, with
 * `loss` squared, where `l2` is given.
 * @param options.l2 with gradient steps each example divides its features' weights by 1 + l2. Default 0.
 * @param options.importance `inverse` weighs examples by 1 / probability, at most `importanceCap`. Default none.
 * @param options.importanceCap at least 1. Default 20.
 * @param options.subject the part that keeps to one subject: `namespaces` it sees, `priorVariance` (0.25),
 * `noiseVariance` (0.25), `shrink` (10). Default null: none.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = contextualBandit({ subject: { namespaces: ['text'] } });
 */
export function contextualBandit(options: Input = {}): {
  name: typeof contextualBanditFormatName;
  options: ContextualBanditOptions;
} {
  return { name: contextualBanditFormatName, options: parse(options) };
}

/** Whether options ask for gradient steps: those of a learning rate do, as they always did. */
export function takesGradientSteps(options: object): options is GradientStepOptions {
  return 'learningRate' in options || 'l2' in options;
}

/**
 * Reads the learner's options from a loop's configuration, with every default filled in.
 *
 * @throws HeedError `invalid-configuration` also for a subject's namespace that the loop does not declare.
 */
export function readOptions({ name, learner, features }: LoopConfiguration): ContextualBanditOptions {
  const options = parse(learner.options);
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

function parse(options: object): ContextualBanditOptions {
  return takesGradientSteps(options)
    ? parseOptions(contextualBanditFormatName, gradientSchema, options)
    : parseOptions(contextualBanditFormatName, newtonSchema, options);
}
