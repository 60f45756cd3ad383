import { z } from 'zod';
import { idSchema, nameSchema, recordHead, timeSchema } from './common.ts';
import { namedOptionsSchema } from './loop.ts';

/** Which policy an arm is served by. Whatever it is, it stays the same for as long as the experiment runs. */
export const armPolicySchema = z.discriminatedUnion('type', [
  /** What served when the experiment began. */
  z.strictObject({ type: z.literal('serving') }),
  z.strictObject({ type: z.literal('artifact'), artifact: idSchema }),
  /** The loop's baseline. */
  z.strictObject({ type: z.literal('baseline') }),
  /** What served when the experiment began, with another exploration or with other options of its learner. */
  z.strictObject({
    type: z.literal('variant'),
    exploration: namedOptionsSchema.optional(),
    learner: namedOptionsSchema.optional(),
  }),
  /** Another learner, trained on all that was known when the experiment began. */
  z.strictObject({
    type: z.literal('learner'),
    learner: namedOptionsSchema,
    exploration: namedOptionsSchema.optional(),
  }),
]);
export type ArmPolicy = z.infer<typeof armPolicySchema>;

/** Feedback whose share of the subjects must not move to the bad side by more than the tolerance. */
export const guardrailSchema = z.object({
  feedback: nameSchema,
  tolerance: z.number().nonnegative().max(1),
  higherIsBetter: z.boolean(),
});
export type Guardrail = z.infer<typeof guardrailSchema>;

/** Feedback that an arm may be better in than the control: by the share of the subjects that gave it. */
export const experimentGoalSchema = z.object({ feedback: nameSchema, higherIsBetter: z.boolean() });
export type ExperimentGoal = z.infer<typeof experimentGoalSchema>;

/** When an experiment has gone on for long enough: at so many subjects, or so long after its start. */
export const horizonSchema = z.strictObject({
  subjects: z.number().int().positive().optional(),
  seconds: z.number().positive().optional(),
});
export type Horizon = z.infer<typeof horizonSchema>;

/** What ended an experiment. */
export const experimentCauses = [
  'operator',
  'guardrail',
  'shares',
  'fault',
  'loopVersion',
  'forgotten',
  'horizon',
] as const;
export type ExperimentCause = (typeof experimentCauses)[number];

export const experimentArmSchema = z.object({
  name: nameSchema,
  /** Of every subject, the share `weight / Σ weights` is in it. */
  weight: z.number().positive(),
  policy: armPolicySchema,
  /** What decides in it; `null`: the baseline. */
  artifact: idSchema.nullable(),
});
export type ExperimentArm = z.infer<typeof experimentArmSchema>;

/** Policies of a loop side by side, each for its share of the subjects. The first arm is the control. */
export const experimentSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  loopVersion: z.string(),
  name: nameSchema,
  salt: z.string().min(1),
  unit: z.literal('subject'),
  arms: z.array(experimentArmSchema).min(2).max(20),
  /** Beside the reward, which is always one. Left out: none. */
  goals: z.array(experimentGoalSchema).optional(),
  guardrails: z.array(guardrailSchema),
  /** Probability that any arm is ever taken for better or worse that is neither; once more for the guardrails. */
  alpha: z.number().positive().max(0.5),
  /** How long after a subject's first decision its outcome is counted. */
  outcomeSeconds: z.number().positive(),
  /** A subject's mean reward in so long before the experiment takes noise away; `null`: it is not used. */
  covariateSeconds: z.number().positive().nullable(),
  /** Left out: it goes on until somebody ends it. */
  horizon: horizonSchema.optional(),
  by: z.string(),
  why: z.string(),
  startedAt: timeSchema,
  status: z.enum(['running', 'stopped', 'concluded']),
  end: z
    .object({
      by: z.string(),
      why: z.string(),
      at: timeSchema,
      /** Left out in rows of before causes were kept. */
      cause: z.enum(experimentCauses).optional(),
      winner: nameSchema.nullable(),
      /** The report that it was ended on. */
      evidence: idSchema.nullable(),
      /** The release of the winner, where it was promoted. */
      release: idSchema.nullable(),
    })
    .nullable(),
});
export type Experiment = z.infer<typeof experimentSchema>;
