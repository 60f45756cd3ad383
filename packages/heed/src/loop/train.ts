import { HeedError } from '../spec/index.ts';
import type { Artifact, Signal } from '../spec/index.ts';
import { draftArtifact, readContent, release } from './artifacts.ts';
import type { Executor } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { derivationOf, derivationsOf } from './derive.ts';
import { createExperienceReader } from './experience.ts';
import type { TrainOptions, TrainReport } from './heed.ts';
import { codeVersion } from './version.ts';

/** Signals per learner update: bounds the memory of a training, whatever waits. */
const batchSize = 5_000;
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
}

/**
 * The one training runner: parent artifact + unused final signals → new artifact, published in one transaction
 * with the record that each of those signals was used by it and by no other.
 */
export async function train(context: Context, loop: RunningLoop, options: TrainerOptions = {}): Promise<TrainReport> {
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
  { onProgress, signal: abort, anew }: TrainerOptions,
): Promise<TrainReport | null> {
  const { store, newSeed } = context;
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
  const signals = enough ? waiting : [];

  const parent = anew === undefined ? await parentArtifact(context, name) : null;
  if (parent === null && anew === undefined)
    throw new HeedError('not-found', `cannot train the loop ${name}, as it must have a first artifact: it has none`);
  const seed = newSeed();
  const reader = createExperienceReader(context);
  let state =
    parent === null
      ? learner.init(configuration, seed)
      : learner.fromArtifact(configuration, await readContent(store, parent));
  for (let from = 0; from < signals.length; from += batchSize) {
    abort?.throwIfAborted();
    const batch = signals.slice(from, from + batchSize);
    state = learner.update(state, await reader.experiences(batch));
    onProgress?.(from + batch.length);
  }

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
  const promoted = policy.promote === 'automatic';
  return store
    .transaction(async (transaction) => {
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
        throw new LostRace(`cannot train the loop ${name}, as its signals must be unused: another training used them`);
      if (anew !== undefined) await supersede(context, name, artifact.id, anew, transaction);
      if (promoted)
        await release(
          context,
          artifact,
          'full',
          { by: 'heed', why: `trained on ${signals.length} signals; the loop promotes automatically` },
          transaction,
        );
      return { loop: name, artifact: artifact.id, signalsUsed: signals.length, promoted };
    })
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
export async function parentArtifact({ store }: Context, loop: string): Promise<Artifact | null> {
  const serving = await store.releases.latest(loop, 'full');
  if (serving === null) return null;
  const rolledBack = new Set<string>();
  const settled = new Set<string>();
  const { items: releases } = await store.releases.list({ loop, limit: 1_000 });
  for (const { artifact, step } of releases) {
    if (step === 'superseded') rolledBack.add(artifact);
    if (settled.has(artifact) || (step !== 'rolledBack' && step !== 'full')) continue;
    settled.add(artifact);
    if (step === 'rolledBack') rolledBack.add(artifact);
  }
  const { items: newestFirst } = await store.artifacts.list({ loop, limit: 200 });
  for (const artifact of newestFirst.toReversed()) {
    const { parent } = artifact.lineage;
    if (parent !== null && rolledBack.has(parent) && artifact.id !== serving.artifact) rolledBack.add(artifact.id);
  }
  return newestFirst.find(({ id }) => !rolledBack.has(id)) ?? store.artifacts.get(serving.artifact);
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
async function waitingSignals(
  context: Context,
  { configuration: { name } }: RunningLoop,
  lineage: string,
): Promise<Signal[]> {
  const found: Signal[] = [];
  for (const derivation of await derivationsOf(context, name)) {
    let page: Signal[];
    do {
      page = await context.store.signals.unused(derivation, lineage, {
        limit: batchSize,
        after: found.at(-1)?.derivation === derivation ? found.at(-1)?.id : undefined,
      });
      found.push(...page);
    } while (page.length === batchSize);
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

/** Undoes a transaction: another training used these signals meanwhile. */
class LostRace extends Error {}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
