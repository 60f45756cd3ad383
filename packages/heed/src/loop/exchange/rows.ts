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
  experimentSchema,
  feedbackSchema,
  hashSchema,
  idSchema,
  jobSchema,
  loopSchema,
  releaseSchema,
  signalSchema,
  subjectStateSchema,
} from '../../spec/index.ts';
import type {
  Artifact,
  Assignment,
  Dataset,
  Decision,
  Episode,
  EvaluationReport,
  Experiment,
  Feedback,
  Job,
  Loop,
  Release,
  Signal,
  SubjectState,
} from '../../spec/index.ts';

/** Content that a record names by hash, by that hash. */
const blobsSchema = z.record(hashSchema, z.object({ mediaType: z.string(), base64: z.base64() }));
export type CarriedBlobs = z.infer<typeof blobsSchema>;

/** What travels with any record. */
const rowTail = { blobs: blobsSchema.optional() };

/** Which update of which lineage has used a signal: so that it is not learned from a second time elsewhere. */
const useSchema = z.object({ lineage: z.string().max(256), artifact: idSchema });

/**
 * A row of an exported file: one record of one kind, with all that it takes to be complete elsewhere.
 * A decision carries its candidates, its activation, and the small blobs that it names.
 * The kinds stand in the order in which they are exported and imported: each after those that it builds on.
 */
export const rowSchemas = {
  loop: z.object({ kind: z.literal('loop'), loop: loopSchema, ...rowTail }),
  dataset: z.object({ kind: z.literal('dataset'), dataset: datasetSchema, ...rowTail }),
  artifact: z.object({ kind: z.literal('artifact'), artifact: artifactSchema, ...rowTail }),
  subjectState: z.object({ kind: z.literal('subjectState'), subjectState: subjectStateSchema, ...rowTail }),
  episode: z.object({ kind: z.literal('episode'), episode: episodeSchema, ...rowTail }),
  decision: z.object({
    kind: z.literal('decision'),
    decision: decisionSchema,
    /** `null` where there are none. A decision that names no candidate set gets that of the candidates here. */
    candidates: z.array(candidateSchema).nullable().default(null),
    activation: activationSchema.nullable().default(null),
    ...rowTail,
  }),
  feedback: z.object({ kind: z.literal('feedback'), feedback: feedbackSchema, ...rowTail }),
  signal: z.object({
    kind: z.literal('signal'),
    signal: signalSchema,
    uses: z.array(useSchema).default([]),
    ...rowTail,
  }),
  experiment: z.object({ kind: z.literal('experiment'), experiment: experimentSchema, ...rowTail }),
  assignment: z.object({ kind: z.literal('assignment'), assignment: assignmentSchema, ...rowTail }),
  release: z.object({ kind: z.literal('release'), release: releaseSchema, ...rowTail }),
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

/** The record of each kind of row. */
export interface RecordOfRow {
  loop: Loop;
  dataset: Dataset;
  artifact: Artifact;
  subjectState: SubjectState;
  episode: Episode;
  decision: Decision;
  feedback: Feedback;
  signal: Signal;
  experiment: Experiment;
  assignment: Assignment;
  release: Release;
  evaluationReport: EvaluationReport;
  job: Job;
}

/** What may be exported: the records of one kind, or those of all kinds in one file. */
const kindOfContent = {
  decisions: 'decision',
  feedback: 'feedback',
  signals: 'signal',
  episodes: 'episode',
  artifacts: 'artifact',
  subjectStates: 'subjectState',
  releases: 'release',
  loops: 'loop',
  datasets: 'dataset',
  experiments: 'experiment',
  assignments: 'assignment',
  evaluationReports: 'evaluationReport',
  jobs: 'job',
} as const satisfies { readonly [content: string]: RowKind };
export type ExportContent = keyof typeof kindOfContent | 'everything';
export const exportContents = [
  ...(Object.keys(kindOfContent) as (keyof typeof kindOfContent)[]),
  'everything',
] as const;

/** The kinds of rows that it takes, in their order. */
export function kindsOf(content: ExportContent): readonly RowKind[] {
  return content === 'everything' ? rowKinds : [kindOfContent[content]];
}

/** The formats that rows are exchanged in. */
export type RowFormat = 'jsonl' | 'parquet';
