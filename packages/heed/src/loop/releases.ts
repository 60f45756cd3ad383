import { idAfter } from '../math/index.ts';
import { HeedError } from '../spec/index.ts';
import type { Artifact, EvaluationReport, Release } from '../spec/index.ts';
import { claimKey } from '../store/index.ts';
import type { Executor } from '../store/index.ts';
import { nextReleaseId, release } from './artifacts.ts';
import type { Context } from './context.ts';
import { payloadHash } from './decide.ts';
import type { ReleaseRequest } from './heed.ts';

/** How many release rows a roll-back looks through for what served before. */
const lookBack = 1_000;

/** Puts a stored artifact into service. */
export async function promote(context: Context, id: string, request: ReleaseRequest): Promise<Release> {
  const artifact = await context.store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot promote the artifact ${id}, as it must be in the store: it is not`);
  if (artifact.role !== 'policy')
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the artifact ${id}, as it must be a policy: it is a ${artifact.role}`,
    );
  const { loop } = artifact;
  return context.store.transaction(
    async (transaction) => {
      await requireNotSuperseded(context, loop, id, transaction);
      const row = await nextReleaseId(context, loop, transaction);
      const earlier = await earlierRelease(context, transaction, { loop, call: `promote ${id}`, request, row });
      if (earlier !== null) return earlier;
      await requireNoExperiment(context, loop, 'promote', transaction);
      return release(context, artifact, 'full', { ...request, id: row }, transaction);
    },
    { lock: releaseLock(loop) },
  );
}

/**
 * Puts back what served before the artifact that serves now, and marks that one as rolled back.
 *
 * @param fault by which the artifact that serves has to go; nothing is done where another one serves by now.
 */
export async function rollback(context: Context, loop: string, request: ReleaseRequest): Promise<Release>;
export async function rollback(
  context: Context,
  loop: string,
  request: ReleaseRequest,
  fault: EvaluationReport,
): Promise<Release | null>;
export async function rollback(
  context: Context,
  loop: string,
  request: ReleaseRequest,
  fault?: EvaluationReport,
): Promise<Release | null> {
  const { store, newId } = context;
  return store.transaction(
    async (transaction) => {
      const back = await nextReleaseId(context, loop, transaction);
      const row = idAfter(back, newId());
      const done = await earlierRelease(context, transaction, { loop, call: 'rollback', request, row });
      if (done !== null) return done;
      // A policy that cannot decide makes way whatever else there is.
      if (fault === undefined) await requireNoExperiment(context, loop, 'roll back', transaction);
      const serving = await store.releases.latest(loop, 'full', transaction);
      if (fault !== undefined && serving?.artifact !== fault.artifact) return null;
      if (serving === null)
        throw new HeedError(
          'nothing-to-roll-back',
          `cannot roll back the loop ${loop}, as an artifact must serve it: none does`,
        );
      const { items } = await store.releases.list({ loop, limit: lookBack }, transaction);
      const earlier = before(items, serving);
      if (earlier === null)
        throw new HeedError(
          'nothing-to-roll-back',
          `cannot roll back the loop ${loop}, as another artifact must have served before ${serving.artifact}: none has`,
        );
      const named = (id: string): Pick<Artifact, 'id' | 'loop'> => ({ id, loop });
      if (fault !== undefined) await store.evaluationReports.insert(fault, transaction);
      const evidence = fault?.id;
      await release(context, named(serving.artifact), 'rolledBack', { ...request, id: back, evidence }, transaction);
      return release(context, named(earlier), 'full', { ...request, id: row, evidence }, transaction);
    },
    { lock: releaseLock(loop) },
  );
}

/** @throws HeedError `artifact-not-promotable` for what had learned from somebody who was forgotten. */
export async function requireNotSuperseded(
  { store }: Context,
  loop: string,
  artifact: string,
  transaction: Executor,
): Promise<void> {
  const { items } = await store.releases.list({ loop, artifact, step: 'superseded', limit: 1 }, transaction);
  if (items.length > 0)
    throw new HeedError(
      'artifact-not-promotable',
      `cannot promote the artifact ${artifact}, as it must have learned from nobody who was forgotten: it has`,
    );
}

/** @throws HeedError `experiment-conflict` where what serves must stay, as an experiment compares it with others. */
async function requireNoExperiment(
  { store }: Context,
  loop: string,
  what: string,
  transaction: Executor,
): Promise<void> {
  const running = await store.experiments.running(loop, transaction);
  if (running !== null)
    throw new HeedError(
      'experiment-conflict',
      `cannot ${what} in the loop ${loop}, as no experiment must run in it: ${running.name} does (stop or conclude it first)`,
    );
}

/** Releases of one loop happen one after another: two roll-backs at once go back two steps. */
export function releaseLock(loop: string): string {
  return `heed release ${loop}`;
}

/** Claims a request's key for the release `row`; the release that an earlier request with this key made, where there is one. */
async function earlierRelease(
  { store }: Context,
  transaction: Executor,
  asked: { readonly loop: string; readonly call: string; readonly request: ReleaseRequest; readonly row: string },
): Promise<Release | null> {
  const { loop, call, request, row } = asked;
  const { idempotencyKey: key, by, why } = request;
  if (key === undefined) return null;
  const payload = payloadHash(call, { by, why });
  const earlier = await claimKey(transaction, { kind: 'release', loop, key, payload, record: row });
  return earlier === null ? null : store.releases.get(earlier, transaction);
}

/** The last artifact that served before `serving` and was not itself rolled back since; releases are newest first. */
function before(releases: readonly Release[], serving: Release): string | null {
  const rolledBack = new Set<string>([serving.artifact]);
  for (const { artifact, step } of releases) {
    if (step === 'rolledBack' || step === 'superseded') rolledBack.add(artifact);
    if (step === 'full' && !rolledBack.has(artifact)) return artifact;
  }
  return null;
}
