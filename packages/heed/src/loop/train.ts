import { HeedError } from '../spec/index.ts';
import type { Artifact, Signal } from '../spec/index.ts';
import { draftArtifact, readContent, release } from './artifacts.ts';
import type { Executor } from '../store/index.ts';
import { readCheckpoint, whyNotResumed, writeCheckpoint } from './checkpoint.ts';
import type { Checkpoint, Lease } from './checkpoint.ts';
import type { Context, RunningLoop } from './context.ts';
import { derivationOf, derivationsOf } from './derive.ts';
import { createExperienceReader } from './experience.ts';
import type { TrainOptions, TrainReport } from './heed.ts';
import { releaseLock } from './releases.ts';
import { traced } from './tracing.ts';
import { codeVersion } from './version.ts';

/** Signals read at a time. */
const pageSize = 5_000;
/** How often a training starts over when another one took its signals first. */
const attempts = 3;

/** The lineage under which a loop's global training uses each signal once; a training from the start begins a new one. */
async function trainingLineage(
  { store }: Pick<Context, 'store'>,
  loop: string,
  transaction?: Executor,
): Promise<string> {
  const begun = await store.settings.get(lineageSetting(loop), transaction);
  return typeof begun === 'string' ? begun : `training:${loop}`;
}

function lineageSetting(loop: string): string {
  return `training lineage of ${loop}`;
}

export interface TrainerOptions extends TrainOptions {
  /** Names the lineage of a training from the start, on every usable signal: what came before is superseded where a subject of its was forgotten. */
  readonly anew?: string | undefined;
  /** The job that the training runs as: it goes on from the job's checkpoint, and publishes nothing once another worker has the job. */
  readonly lease?: Lease | undefined;
}

/**
 * The one training runner: parent artifact + unused final signals → new artifact, published in one transaction
 * with the record that each of those signals was used by it and by no other.
 */
export function train(context: Context, loop: RunningLoop, options: TrainerOptions = {}): Promise<TrainReport> {
  return traced('heed.train', loop.configuration.name, async (span) => {
    if (options.lease !== undefined) span.setAttribute('heed.job', options.lease.job.id);
    const report = await trainUntilPublished(context, loop, options);
    span.setAttribute('heed.signals', report.signalsUsed);
    if (report.artifact !== null) span.setAttribute('heed.artifact', report.artifact);
    return report;
  });
}

async function trainUntilPublished(context: Context, loop: RunningLoop, options: TrainerOptions): Promise<TrainReport> {
  const { name } = loop.configuration;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const report = await tryTrain(context, loop, options);
    if (report !== null) return report;
    context.log(`another training of ${name} took its signals first; starting over`);
  }
  throw new HeedError(
    'overloaded',
    `cannot train the loop ${name}, as its signals must stay unused meanwhile: other trainings took them ${attempts} times`,
  );
}

async function tryTrain(
  context: Context,
  loop: RunningLoop,
  { onProgress, signal: abort, anew, lease }: TrainerOptions,
): Promise<TrainReport | null> {
  const { store, newSeed, clock } = context;
  const { batchSignals, checkpointEveryMs } = context.training;
  const { configuration, learner, version } = loop;
  const { name, release: policy } = configuration;
  const nothing: TrainReport = { loop: name, artifact: null, signalsUsed: 0, promoted: false };

  const [begun, forgotten] = await Promise.all([
    trainingLineage(context, name),
    store.transaction((transaction) => store.subjects.holdForgetting(transaction)),
  ]);
  const lineage = anew ?? begun;
  const waiting = await waitingSignals(context, loop, lineage);
  const enough = (await distinctSubjects(context, waiting, policy.leastSubjects)) >= policy.leastSubjects;
  if (anew === undefined && (waiting.length === 0 || !enough)) return nothing;

  const parent = anew === undefined ? await parentArtifact(context, name) : null;
  if (parent === null && anew === undefined)
    throw new HeedError('not-found', `cannot train the loop ${name}, as it must have a first artifact: it has none`);
  const usable = enough ? waiting : [];
  const origin = { loopVersion: version, lineage, forgotten, parent: parent?.id ?? null };
  const resumed = await resumable(context, lease, { ...origin, waiting: new Set(usable.map(({ id }) => id)) });
  const seed = resumed?.seed ?? newSeed();
  const byId = new Map(usable.map((signal) => [signal.id, signal]));
  const signals = resumed?.signals.flatMap((id) => byId.get(id) ?? []) ?? usable;
  const reader = createExperienceReader(context);
  let state =
    resumed !== null
      ? learner.fromArtifact(configuration, resumed.state)
      : parent === null
        ? learner.init(configuration, seed)
        : learner.fromArtifact(configuration, await readContent(store, parent));
  let done = resumed?.done ?? 0;
  let savedAt = clock();
  const save = async (): Promise<void> => {
    if (lease === undefined || done === 0) return;
    savedAt = clock();
    const ids = signals.map(({ id }) => id);
    const blob = writeCheckpoint({ ...origin, seed, signals: ids, done, state: learner.toArtifact(state) });
    if (!(await store.jobs.saveCheckpoint(lease.job.id, lease.fencingToken, blob))) throw new LostLease(name);
  };
  while (done < signals.length) {
    if (abort?.aborted === true) await save();
    abort?.throwIfAborted();
    const batch = signals.slice(done, done + batchSignals);
    state = learner.update(
      state,
      await reader.experiences(batch, { alternatives: learner.alternatives === true }),
      clock(),
    );
    done += batch.length;
    onProgress?.(done);
    if (done < signals.length && clock() - savedAt >= checkpointEveryMs) await save();
  }

  if (learner.settle !== undefined) state = await learner.settle(state);
  const served = anew === undefined ? null : await parentArtifact(context, name);
  if (served !== null && learner.retrained !== undefined)
    state = learner.retrained(state, await readContent(store, served), clock());
  const { artifact, files } = draftArtifact(context, learner.toArtifact(state), {
    configuration,
    loopVersion: version,
    lineage: {
      parent: parent?.id ?? null,
      derivation: derivationOf(loop),
      signals: {
        before: parent === null ? 0 : parent.lineage.signals.before + parent.lineage.signals.used,
        used: signals.length,
      },
      datasets: [],
      codeVersion,
      seed,
    },
  });
  return store
    .transaction(
      async (transaction) => {
        // What an experiment compares must stay; but what learned from somebody forgotten must not.
        const compared = anew === undefined && (await store.experiments.running(name, transaction)) !== null;
        const promoted = policy.promote === 'automatic' && !compared;
        const report: TrainReport = { loop: name, artifact: artifact.id, signalsUsed: signals.length, promoted };
        if (lease !== undefined) await finish(context, lease, report, transaction);
        if (anew === undefined && (await parentArtifact(context, name, transaction))?.id !== parent?.id)
          throw new LostRace(
            `cannot train the loop ${name}, as its newest artifact must stay the same: there is another`,
          );
        // Whoever was forgotten since the signals were read must not be learned from, nor a lineage go on that has ended.
        if (
          (await store.subjects.holdForgetting(transaction)) !== forgotten ||
          (await trainingLineage(context, name, transaction)) !== begun
        )
          throw new LostRace(
            `cannot train the loop ${name}, as what it may learn from must stay the same: it has changed`,
          );
        await store.artifacts.insert(artifact, files, transaction);
        const claimed = await store.signals.use(
          lineage,
          signals.map(({ id }) => id),
          artifact.id,
          transaction,
        );
        if (claimed.length < signals.length)
          throw new LostRace(
            `cannot train the loop ${name}, as its signals must be unused: another training used them`,
          );
        if (anew !== undefined) await supersede(context, name, artifact.id, anew, transaction);
        if (promoted)
          await release(
            context,
            artifact,
            'full',
            { by: 'heed', why: `trained on ${signals.length} signals; the loop promotes automatically` },
            transaction,
          );
        return report;
      },
      { lock: releaseLock(name) },
    )
    .catch((error: unknown) => {
      if (error instanceof LostRace) return null;
      throw error;
    });
}

/** How many signals a training would use now. */
export async function countWaiting(context: Context, { configuration: { name } }: RunningLoop): Promise<number> {
  const lineage = await trainingLineage(context, name);
  const counts = (await derivationsOf(context, name)).map((derivation) =>
    context.store.signals.countUnused(derivation, lineage),
  );
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/**
 * The newest artifact of a loop that was not rolled back and does not descend from one that was:
 * what a rolled-back training had learned is gone, with the signals that it had used.
 */
export async function parentArtifact(
  { store }: Context,
  loop: string,
  transaction?: Executor,
): Promise<Artifact | null> {
  const serving = await store.releases.latest(loop, 'full', transaction);
  if (serving === null) return null;
  const rolledBack = new Set<string>();
  const settled = new Set<string>();
  const { items: releases } = await store.releases.list({ loop, limit: 1_000 }, transaction);
  for (const { artifact, step } of releases) {
    if (step === 'superseded') rolledBack.add(artifact);
    if (settled.has(artifact) || (step !== 'rolledBack' && step !== 'full')) continue;
    settled.add(artifact);
    if (step === 'rolledBack') rolledBack.add(artifact);
  }
  const { items: newestFirst } = await store.artifacts.list({ loop, limit: 200 }, transaction);
  // An arm's own policy is nobody's parent, unless it has come to serve.
  const variants = await store.experiments.variants(loop, transaction);
  for (const artifact of newestFirst.toReversed()) {
    const { parent } = artifact.lineage;
    if (parent !== null && rolledBack.has(parent) && artifact.id !== serving.artifact) rolledBack.add(artifact.id);
  }
  return (
    newestFirst.find(({ id }) => !rolledBack.has(id) && (!variants.has(id) || id === serving.artifact)) ??
    store.artifacts.get(serving.artifact, transaction)
  );
}

/** Begins a lineage, and marks what had learned from somebody forgotten: it must not serve again. */
async function supersede(
  context: Context,
  loop: string,
  artifact: string,
  lineage: string,
  transaction: Executor,
): Promise<void> {
  await context.store.settings.set(lineageSetting(loop), lineage, transaction);
  for (const id of await context.store.subjects.tainted(loop, transaction)) {
    const why = `learned from a subject who was forgotten; ${artifact} was trained without`;
    await release(context, { id, loop }, 'superseded', { by: 'heed', why }, transaction);
  }
}

/** All unused signals, in an order that does not depend on how they arrived. */
export async function waitingSignals(
  context: Context,
  { configuration: { name } }: RunningLoop,
  lineage: string,
): Promise<Signal[]> {
  const found: Signal[] = [];
  for (const derivation of await derivationsOf(context, name)) {
    let page: Signal[];
    do {
      page = await context.store.signals.unused(derivation, lineage, {
        limit: pageSize,
        after: found.at(-1)?.derivation === derivation ? found.at(-1)?.id : undefined,
      });
      found.push(...page);
    } while (page.length === pageSize);
  }
  return found.toSorted(
    (a, b) => compare(a.availableAt, b.availableAt) || compare(a.targetKey, b.targetKey) || a.version - b.version,
  );
}

async function distinctSubjects(context: Context, signals: readonly Signal[], enough: number): Promise<number> {
  if (enough === 0) return 0;
  const subjects = new Set<string>();
  for (const { decision } of await createExperienceReader(context).withDecisions(signals)) {
    if (decision.subject !== null) subjects.add(decision.subject);
  }
  return subjects.size;
}

/** Where an interrupted training of the same job had come to, if it may go on from there. */
async function resumable(
  { store, log }: Context,
  lease: Lease | undefined,
  now: Parameters<typeof whyNotResumed>[1],
): Promise<Checkpoint | null> {
  const hash = lease?.job.checkpoint ?? null;
  if (hash === null) return null;
  const blob = await store.blobs.get(hash);
  const checkpoint = blob === null ? null : readCheckpoint(blob.content);
  const reason = checkpoint === null ? 'its checkpoint cannot be read' : whyNotResumed(checkpoint, now);
  if (reason === null) return checkpoint;
  log(`the interrupted training ${lease?.job.id} starts over, as ${reason}`);
  return null;
}

/** Ends the job in the transaction that publishes: of two workers with one job, the one that was given it later publishes. */
async function finish(
  { store, clock }: Context,
  { job, fencingToken }: Lease,
  report: TrainReport,
  transaction: Executor,
): Promise<void> {
  const endedAt = new Date(clock()).toISOString();
  const changes = { status: 'succeeded', endedAt, outcome: { ...report } } as const;
  if (!(await store.jobs.update(job.id, fencingToken, changes, transaction))) throw new LostLease(report.loop);
  await store.jobs.dropCheckpoint(job.id, transaction);
}

/** Another worker was given the job: whatever this one has made must not be published. */
export class LostLease extends Error {
  constructor(loop: string) {
    super(`cannot end a job of the loop ${loop}, as no other worker must have taken it over: one has`);
  }
}

/** Undoes a transaction: another training used these signals meanwhile. */
class LostRace extends Error {}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
