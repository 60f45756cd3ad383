import { z } from 'zod';
import { hashSchema, idSchema, jsonObjectSchema, nameSchema, recordHead, subjectSchema, timeSchema } from './common.ts';

/** Anything learned. Immutable: a policy's format version stays readable, and answers the same, for ever. */
export const artifactSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  loopVersion: z.string(),
  role: z.enum(['policy', 'reward', 'preference', 'critic', 'encoder', 'generator']),
  /** The policy or model family that can read the files, as `contextual-bandit`. */
  format: z.string(),
  formatVersion: z.number().int().positive(),
  files: z.array(z.object({ name: z.string(), blob: hashSchema, bytes: z.number().int().nonnegative() })),
  configuration: jsonObjectSchema,
  lineage: z.object({
    parent: idSchema.nullable(),
    derivation: z.string().nullable(),
    /** How many signals the parent chain had used before, and this update used. */
    signals: z.object({ before: z.number().int().nonnegative(), used: z.number().int().nonnegative() }),
    datasets: z.array(idSchema),
    codeVersion: z.string(),
    seed: z.string(),
  }),
  metrics: z.record(z.string(), z.number()),
  createdAt: timeSchema,
});
export type Artifact = z.infer<typeof artifactSchema>;

/** What an artifact keeps about one subject; append-only, the newest counts. `statistics` names a blob. */
export const subjectStateSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  artifact: idSchema,
  subject: subjectSchema,
  /** States with one key are readable by every artifact that has the same key (same features, same prior scale). */
  key: z.string(),
  /** Signals used so far. */
  counter: z.number().int().nonnegative(),
  statistics: hashSchema,
  updatedAt: timeSchema,
});
export type SubjectState = z.infer<typeof subjectStateSchema>;

export const releaseSteps = ['apprentice', 'shadow', 'canary', 'full', 'rolledBack', 'superseded'] as const;

/** A step of an artifact on its way into service; `superseded`: it had learned from somebody who was forgotten, and serves no more. The newest `full` row of a loop names the serving artifact. */
export const releaseSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  artifact: idSchema,
  step: z.enum(releaseSteps),
  by: z.string(),
  why: z.string(),
  evidence: idSchema.nullable(),
  at: timeSchema,
});
export type Release = z.infer<typeof releaseSchema>;
