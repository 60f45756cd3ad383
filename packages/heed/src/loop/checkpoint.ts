import { z } from 'zod';
import { idSchema } from '../spec/index.ts';
import type { ArtifactContent, Job } from '../spec/index.ts';
import type { BlobContent } from '../store/index.ts';
import { toBlob } from './artifacts.ts';

const checkpointMediaType = 'application/vnd.heed.checkpoint+json';

/** How far a training had come: enough for another worker to go on, and to see that it must not. */
export interface Checkpoint {
  readonly loopVersion: string;
  readonly lineage: string;
  /** How many subjects had been forgotten when its signals were read. */
  readonly forgotten: number;
  readonly parent: string | null;
  readonly seed: string;
  /** The signals of the whole training, in their order. */
  readonly signals: readonly string[];
  /** How many of them the state has learned from. */
  readonly done: number;
  readonly state: ArtifactContent;
}

const checkpointSchema = z.object({
  format: z.literal('heed-checkpoint-1'),
  loopVersion: z.string(),
  lineage: z.string(),
  forgotten: z.number().int(),
  parent: idSchema.nullable(),
  seed: z.string(),
  signals: z.array(z.string()),
  done: z.number().int(),
  state: z.object({
    format: z.string(),
    formatVersion: z.number().int(),
    configuration: z.record(z.string(), z.json()),
    metrics: z.record(z.string(), z.number()),
    files: z.array(z.object({ name: z.string(), base64: z.string() })),
  }),
});

/** A checkpoint as the content of a blob. */
export function writeCheckpoint({ state, ...rest }: Checkpoint): BlobContent {
  const files = state.files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
  const text = JSON.stringify({ format: 'heed-checkpoint-1', ...rest, state: { ...state, files } });
  return toBlob(Buffer.from(text), checkpointMediaType);
}

/** The checkpoint of a blob; `null` where this version of Heed cannot read it. */
export function readCheckpoint(content: Uint8Array): Checkpoint | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return null;
  }
  const parsed = checkpointSchema.safeParse(value);
  if (!parsed.success) return null;
  const { format: _format, state, ...rest } = parsed.data;
  const files = state.files.map(({ name, base64 }) => ({ name, bytes: new Uint8Array(Buffer.from(base64, 'base64')) }));
  return { ...rest, state: { ...state, configuration: state.configuration, files } };
}

/** Why a training cannot go on from a checkpoint; `null` where it can. */
export function whyNotResumed(
  checkpoint: Checkpoint,
  now: Pick<Checkpoint, 'loopVersion' | 'lineage' | 'forgotten' | 'parent'> & { readonly waiting: ReadonlySet<string> },
): string | null {
  if (checkpoint.loopVersion !== now.loopVersion) return 'the loop has another version now';
  if (checkpoint.lineage !== now.lineage) return 'a training from the start came between';
  if (checkpoint.forgotten !== now.forgotten) return 'a subject was forgotten meanwhile';
  if (checkpoint.parent !== now.parent) return 'another artifact is the newest now';
  return checkpoint.signals.every((id) => now.waiting.has(id)) ? null : 'other trainings used some of its signals';
}

/** What a training that runs as a job holds of that job. */
export interface Lease {
  readonly job: Job;
  readonly fencingToken: number;
}
