import { z } from 'zod';
import {
  activationSchema,
  artifactSchema,
  assignmentSchema,
  candidateSchema,
  datasetSchema,
  decisionSchema,
  episodeSchema,
  evaluationReportSchema,
  feedbackSchema,
  hashSchema,
  jobSchema,
  loopSchema,
  releaseSchema,
  signalSchema,
  subjectStateSchema,
} from '../../spec/index.ts';

/** Content that a record names by hash, by that hash. */
const blobsSchema = z.record(hashSchema, z.object({ mediaType: z.string(), base64: z.base64() }));
export type CarriedBlobs = z.infer<typeof blobsSchema>;

/** What travels with any record. */
const rowTail = { blobs: blobsSchema.optional() };

/**
 * A row of an exported file: one record of one kind, with all that it takes to be complete elsewhere.
 * A decision carries its candidates, its activation, and the small blobs that it names.
 */
export const rowSchemas = {
  decision: z.object({
    kind: z.literal('decision'),
    decision: decisionSchema,
    /** `null` where there are none. A decision that names no candidate set gets that of the candidates here. */
    candidates: z.array(candidateSchema).nullable().default(null),
    activation: activationSchema.nullable().default(null),
    ...rowTail,
  }),
  feedback: z.object({ kind: z.literal('feedback'), feedback: feedbackSchema, ...rowTail }),
  signal: z.object({ kind: z.literal('signal'), signal: signalSchema, ...rowTail }),
  episode: z.object({ kind: z.literal('episode'), episode: episodeSchema, ...rowTail }),
  artifact: z.object({ kind: z.literal('artifact'), artifact: artifactSchema, ...rowTail }),
  subjectState: z.object({ kind: z.literal('subjectState'), subjectState: subjectStateSchema, ...rowTail }),
  release: z.object({ kind: z.literal('release'), release: releaseSchema, ...rowTail }),
  loop: z.object({ kind: z.literal('loop'), loop: loopSchema, ...rowTail }),
  dataset: z.object({ kind: z.literal('dataset'), dataset: datasetSchema, ...rowTail }),
  assignment: z.object({ kind: z.literal('assignment'), assignment: assignmentSchema, ...rowTail }),
  evaluationReport: z.object({
    kind: z.literal('evaluationReport'),
    evaluationReport: evaluationReportSchema,
    ...rowTail,
  }),
  job: z.object({ kind: z.literal('job'), job: jobSchema, ...rowTail }),
};

export type RowKind = keyof typeof rowSchemas;
export type RowOf<Kind extends RowKind> = z.infer<(typeof rowSchemas)[Kind]>;
export type Row = { [Kind in RowKind]: RowOf<Kind> }[RowKind];

export const rowKinds = Object.keys(rowSchemas) as RowKind[];

/** The formats that rows are exchanged in. */
export type RowFormat = 'jsonl' | 'parquet';
