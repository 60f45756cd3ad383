import { hash } from 'node:crypto';
import { idAfter } from '../math/index.ts';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { Artifact, ArtifactContent, LoopConfiguration, Policy, Release } from '../spec/index.ts';
import type { BlobContent, Executor, Store } from '../store/index.ts';
import type { Context } from './context.ts';

/** A stored artifact with its files read and the policy made of them. */
export interface LoadedArtifact {
  readonly artifact: Artifact;
  readonly content: ArtifactContent;
  readonly policy: Policy;
}

/** Artifacts kept in memory: the serving one, those rolled back to, those that a replay walks through. */
const keptArtifacts = 8;

/** Loads artifacts and keeps the last few used. */
export function createArtifactCache(context: Context): (id: string) => Promise<LoadedArtifact> {
  const kept = new Map<string, Promise<LoadedArtifact>>();
  return (id) => {
    const found = kept.get(id) ?? load(context, id);
    kept.delete(id);
    kept.set(id, found);
    found.catch(() => kept.delete(id));
    for (const oldest of kept.keys()) {
      if (kept.size <= keptArtifacts) break;
      kept.delete(oldest);
    }
    return found;
  };
}

/** Reads the content of a stored artifact. */
export async function readContent(store: Store, artifact: Artifact): Promise<ArtifactContent> {
  const files = await Promise.all(
    artifact.files.map(async ({ name, blob }) => {
      const found = await store.blobs.get(blob);
      if (found === null)
        throw new HeedError(
          'not-found',
          `cannot load the artifact ${artifact.id}, as its file ${name} must be in the store: the blob ${blob} is missing`,
        );
      return { name, bytes: found.content };
    }),
  );
  const { format, formatVersion, configuration, metrics } = artifact;
  return { format, formatVersion, configuration, files, metrics };
}

async function load({ store, registry }: Context, id: string): Promise<LoadedArtifact> {
  const artifact = await store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot load the artifact ${id}, as it must be in the store: it is not`);
  const content = await readContent(store, artifact);
  return { artifact, content, policy: registry.read(id, content) };
}

/** Bytes under their hash. */
export function toBlob(content: Uint8Array, mediaType = 'application/octet-stream'): BlobContent {
  return { hash: hash('sha256', content, 'hex'), mediaType, content };
}

/** What an artifact is made of, beside its content. */
export interface ArtifactOrigin {
  readonly configuration: LoopConfiguration;
  readonly loopVersion: string;
  readonly lineage: Artifact['lineage'];
}

/** Makes the record of an artifact and the blobs of its files; stores nothing. */
export function draftArtifact(
  { clock, newId }: Pick<Context, 'clock' | 'newId'>,
  content: ArtifactContent,
  origin: ArtifactOrigin,
): { artifact: Artifact; files: BlobContent[] } {
  const files = content.files.map(({ name, bytes }) => ({ name, blob: toBlob(bytes) }));
  const artifact: Artifact = {
    schemaVersion,
    id: newId(),
    loop: origin.configuration.name,
    loopVersion: origin.loopVersion,
    role: 'policy',
    format: content.format,
    formatVersion: content.formatVersion,
    files: files.map(({ name, blob }) => ({ name, blob: blob.hash, bytes: blob.content.byteLength })),
    configuration: content.configuration,
    lineage: origin.lineage,
    metrics: { ...content.metrics },
    createdAt: new Date(clock()).toISOString(),
  };
  return { artifact, files: files.map(({ blob }) => blob) };
}

/** An id for a loop's next release: after all that there are, whichever process made them, as the newest one counts. */
export async function nextReleaseId(
  { store, newId }: Pick<Context, 'store' | 'newId'>,
  loop: string,
  transaction?: Executor,
): Promise<string> {
  const latest = await store.releases.latest(loop, undefined, transaction);
  return idAfter(latest?.id ?? null, newId());
}

/** Appends a step of an artifact's release. */
export async function release(
  context: Pick<Context, 'store' | 'clock' | 'newId'>,
  artifact: Pick<Artifact, 'id' | 'loop'>,
  step: Release['step'],
  {
    by,
    why,
    id,
    evidence = null,
  }: {
    readonly by: string;
    readonly why: string;
    readonly id?: string | undefined;
    /** The report that it goes by. */
    readonly evidence?: string | null | undefined;
  },
  transaction?: Executor,
): Promise<Release> {
  const { store, clock } = context;
  const row: Release = {
    schemaVersion,
    id: id ?? (await nextReleaseId(context, artifact.loop, transaction)),
    loop: artifact.loop,
    artifact: artifact.id,
    step,
    by,
    why,
    evidence,
    at: new Date(clock()).toISOString(),
  };
  await store.releases.insert(row, transaction);
  return row;
}
