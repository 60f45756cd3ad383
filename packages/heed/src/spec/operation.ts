import { z } from 'zod';
import {
  hashSchema,
  idSchema,
  jsonObjectSchema,
  jsonSchema,
  nameSchema,
  partSchema,
  recordHead,
  subjectSchema,
  timeSchema,
} from './common.ts';

/** A task taken from start to end by one or more agents. */
export const episodeSchema = z.object({
  ...recordHead,
  loop: nameSchema,
  task: z.string(),
  seed: z.string().nullable(),
  parent: idSchema.nullable(),
  participants: z.array(z.object({ id: z.string(), role: z.string(), artifact: idSchema.nullable() })),
  status: z.enum(['open', 'terminated', 'truncated', 'abandoned']),
  finalObservation: z.array(partSchema).nullable(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
});
export type Episode = z.infer<typeof episodeSchema>;

/** Bulk experience kept as files, never as rows. */
export const datasetSchema = z.object({
  ...recordHead,
  loop: nameSchema.nullable(),
  name: z.string(),
  format: z.enum(['parquet', 'safetensors', 'jsonl']),
  files: z.array(z.object({ name: z.string(), blob: hashSchema, bytes: z.number().int().nonnegative() })),
  /** Columns or tensors by name, with their type and shape. */
  schema: jsonObjectSchema,
  counts: z.record(z.string(), z.number().int().nonnegative()),
  origin: z.string(),
  createdAt: timeSchema,
});
export type Dataset = z.infer<typeof datasetSchema>;

/** Content by its SHA-256. The bytes travel beside the record. */
export const blobSchema = z.object({ hash: hashSchema, mediaType: z.string(), bytes: z.number().int().nonnegative() });
export type Blob = z.infer<typeof blobSchema>;

/** The arm of an experiment that a subject is in. */
export const assignmentSchema = z.object({
  ...recordHead,
  experiment: z.string(),
  salt: z.string(),
  unit: z.string(),
  subject: subjectSchema,
  arm: z.string(),
  firstSeenAt: timeSchema,
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const evaluationReportSchema = z.object({
  ...recordHead,
  loop: nameSchema.nullable(),
  artifact: idSchema.nullable(),
  kind: z.string(),
  computedFrom: jsonObjectSchema,
  estimates: z.array(
    z.object({
      name: z.string(),
      value: z.number().nullable(),
      interval: z.object({ lower: z.number(), upper: z.number(), level: z.number(), method: z.string() }).nullable(),
      count: z.number().int().nonnegative(),
    }),
  ),
  diagnostics: jsonObjectSchema,
  verdict: z.object({ outcome: z.string(), because: z.string() }),
  createdAt: timeSchema,
});
export type EvaluationReport = z.infer<typeof evaluationReportSchema>;

export const jobSchema = z.object({
  ...recordHead,
  kind: z.string(),
  loop: nameSchema.nullable(),
  input: jsonObjectSchema,
  status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  progress: z.object({ done: z.number(), of: z.number().nullable(), unit: z.string() }).nullable(),
  checkpoint: hashSchema.nullable(),
  outcome: jsonSchema.nullable(),
  fencingToken: z.number().int().nonnegative(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  heartbeatAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
});
export type Job = z.infer<typeof jobSchema>;
