import { createCanaryAnalysis, judgeCanary, judgeOnLog } from '../evaluation/release/index.ts';
import { HeedError, schemaVersion } from '../spec/index.ts';
import type { EvaluationReport, Gates, Release } from '../spec/index.ts';
import type { Executor, Store } from '../store/index.ts';
import { release } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';
import type { Reason } from './heed.ts';
import { reportOfCanary, reportOfLog, scoreOnLog } from './release-evidence.ts';
import { releaseLock, rollback } from './releases.ts';
import type { ServingState } from './serving-state.ts';
import { parentArtifact } from './train.ts';

/** Stages on the way into service, each with the one that follows. */
const following = { apprentice: 'shadow', shadow: 'canary', canary: 'full' } as const;
type Stage = keyof typeof following;

/** Steps of a loop that are looked through for its candidate. */
const lookBack = 200;

/** An artifact on its way into service, at the stage that its newest row names. */
export interface ReleaseCandidate {
  readonly release: Release & { readonly step: Stage };
  /** What serves meanwhile. */
  readonly serving: Release;
}

/** A candidate with what it has shown so far at its stage. */
export interface CandidateStatus {
  readonly release: Release;
  readonly report: EvaluationReport;
}

/** The artifact that a loop has on its way into service, read from its release rows alone. */
export async function candidateOf(
  store: Pick<Store, 'releases'>,
  loop: string,
  transaction?: Executor,
): Promise<ReleaseCandidate | null> {
  const serving = await store.releases.latest(loop, 'full', transaction);
  if (serving === null) return null;
  const seen = new Set<string>();
  for (const row of (await store.releases.list({ loop, limit: lookBack }, transaction)).items) {
    if (seen.has(row.artifact)) continue;
    seen.add(row.artifact);
    if (isStage(row)) return { release: row, serving };
  }
  return null;
}

function isStage(row: Release): row is Release & { readonly step: Stage } {
  return row.step in following;
}

/**
 * Takes a loop's release one step further where its gates say so: begins one for a newly trained artifact, moves it on, or
 * sends it back. All that it goes by are rows, so that any worker goes on where another one ended, and no step is taken twice.
 *
 * @returns the new row; `null` where there is nothing to do yet.
 */
export async function advanceRelease(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
): Promise<Release | null> {
  const { gates } = loop.configuration.release;
  if (gates === undefined) return null;
  const { name } = loop.configuration;
  const candidate = await candidateOf(context.store, name);
  if (candidate === null) return beginRelease(context, name);
  const report = await examine(context, state, loop, gates, candidate);
  const { outcome, because } = report.verdict;
  if (outcome === 'wait') return null;
  const step = outcome === 'advance' ? following[candidate.release.step] : 'rolledBack';
  return takeStep(context, candidate, step, report, { by: 'heed', why: because });
}

/** What a loop's candidate has shown so far; `null` where there is none. */
export async function candidateStatus(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
): Promise<CandidateStatus | null> {
  const { gates } = loop.configuration.release;
  const candidate = gates === undefined ? null : await candidateOf(context.store, loop.configuration.name);
  if (gates === undefined || candidate === null) return null;
  return { release: candidate.release, report: await examine(context, state, loop, gates, candidate) };
}

/** What a step of a release was taken on. */
export async function evidenceOf({ store }: Context, id: string): Promise<EvaluationReport> {
  const row = await store.releases.get(id);
  const report = row === null || row.evidence === null ? null : await store.evaluationReports.get(row.evidence);
  if (report !== null) return report;
  throw new HeedError(
    'not-found',
    `cannot show the evidence of the release ${id}, as ${row === null ? 'it must be in the store' : 'it must have gone by some'}: it ${row === null ? 'is not' : 'has not'}`,
  );
}

/** Takes a loop's candidate one stage on by an operator's word, whatever its gate says; what it has shown is kept with the step. */
export async function passCandidate(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  { by, why }: Reason,
): Promise<Release> {
  const { name, release: policy } = loop.configuration;
  const candidate = policy.gates === undefined ? null : await candidateOf(context.store, name);
  if (policy.gates === undefined || candidate === null)
    throw new HeedError(
      'not-found',
      `cannot take the candidate of ${name} on, as one must be on its way into service: none is`,
    );
  const report = await examine(context, state, loop, policy.gates, candidate);
  const taken = await takeStep(context, candidate, following[candidate.release.step], report, { by, why });
  if (taken !== null) return taken;
  throw new HeedError(
    'not-found',
    `cannot take the candidate of ${name} on, as it must stay where it was looked at (${candidate.release.step}): it has moved meanwhile`,
  );
}

/** Sends a loop's candidate back by an operator's word; what it has shown, where that can be told, is kept with the step. */
export async function rejectCandidate(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  { by, why }: Reason,
): Promise<Release> {
  const { store } = context;
  const { name } = loop.configuration;
  // Whatever is the matter with it, it must go.
  const status = await candidateStatus(context, state, loop).catch(() => null);
  return store.transaction(
    async (transaction) => {
      const candidate = await candidateOf(store, name, transaction);
      if (candidate === null)
        throw new HeedError(
          'nothing-to-roll-back',
          `cannot send back the candidate of ${name}, as one must be on its way into service: none is`,
        );
      const { artifact, id } = candidate.release;
      const report = status?.release.id === id ? status.report : null;
      if (report !== null) await store.evaluationReports.insert(report, transaction);
      return release(
        context,
        { id: artifact, loop: name },
        'rolledBack',
        { by, why, evidence: report?.id },
        transaction,
      );
    },
    { lock: releaseLock(name) },
  );
}

/**
 * Sends an artifact back that could not decide, at whatever stage it is: a candidate goes, and what serves makes way for
 * what served before. Told twice, it is done once.
 */
export async function sendBackFaulty(
  context: Context,
  loop: string,
  artifact: string,
  fault: string,
): Promise<Release | null> {
  const request = { by: 'heed', why: `it could not decide: ${fault}` };
  const candidate = await candidateOf(context.store, loop);
  if (candidate?.release.artifact === artifact) {
    const report = faultReport(context, loop, artifact, candidate.release.step, fault);
    return takeStep(context, candidate, 'rolledBack', report, request);
  }
  return rollback(context, loop, request, faultReport(context, loop, artifact, 'full', fault));
}

async function beginRelease(context: Context, loop: string): Promise<Release | null> {
  const { store } = context;
  return store.transaction(
    async (transaction) => {
      const [newest, serving] = [
        await parentArtifact(context, loop, transaction),
        await store.releases.latest(loop, 'full', transaction),
      ];
      if (newest === null || serving === null || newest.id === serving.artifact) return null;
      const { items } = await store.releases.list({ loop, artifact: newest.id, limit: 1 }, transaction);
      if (items.length > 0 || (await candidateOf(store, loop, transaction)) !== null) return null;
      // What is compared must stay the same: a release begins once the experiment has ended.
      if ((await store.experiments.running(loop, transaction)) !== null) return null;
      const why = `trained on ${newest.lineage.signals.used} signals; the loop releases through its gates`;
      return release(context, newest, 'apprentice', { by: 'heed', why }, transaction);
    },
    { lock: releaseLock(loop) },
  );
}

/** Writes a step and its evidence down, unless the candidate has moved since they were looked at. */
async function takeStep(
  context: Context,
  { release: { id, loop, artifact } }: ReleaseCandidate,
  step: Release['step'],
  report: EvaluationReport,
  { by, why }: Reason,
): Promise<Release | null> {
  const { store } = context;
  return store.transaction(
    async (transaction) => {
      if ((await candidateOf(store, loop, transaction))?.release.id !== id) return null;
      await store.evaluationReports.insert(report, transaction);
      const evidence = report.id;
      return release(context, { id: artifact, loop }, step, { by, why, evidence }, transaction);
    },
    { lock: releaseLock(loop) },
  );
}

async function examine(
  context: Context,
  state: ServingState,
  loop: RunningLoop,
  gates: Gates,
  { release: { id, artifact, step, at }, serving }: ReleaseCandidate,
): Promise<EvaluationReport> {
  const { name } = loop.configuration;
  const about = { loop: name, artifact, level: 1 - gates.alpha };
  const waitedSeconds = (context.clock() - Date.parse(at)) / 1_000;
  if (step !== 'canary') {
    // A new policy is scored on the newest of what was there, and then shadows what is decided from its row on.
    const shadow = step === 'shadow';
    const reading = { most: gates[step].decisions, asServed: shadow, after: shadow ? id : undefined };
    const loaded = await state.artifact(artifact).catch((error: unknown) => asFault(error));
    if ('fault' in loaded) return faultReport(context, name, artifact, step, loaded.fault);
    const score = await scoreOnLog(context, state, loop, loaded.policy, reading);
    const verdict = judgeOnLog(step, score, gates, { waitedSeconds });
    return reportOfLog(context, step, score, { ...about, computedFrom: { stage: step, since: id }, verdict });
  }
  const analysis = createCanaryAnalysis(artifact, gates, loop.configuration.reward.range);
  // Where something else has come into service meanwhile, the comparison begins anew.
  const after = serving.id > id ? serving.id : id;
  const units = await context.store.outcomes.ofUnits({
    loop: name,
    after,
    artifacts: [artifact, serving.artifact],
    windowSeconds: gates.canary.outcomeSeconds,
    now: new Date(context.clock()).toISOString(),
    feedback: gates.guardrails.map(({ feedback }) => feedback),
  });
  for (const { unit, reward, feedback } of units) analysis.observe({ unit, reward, feedback: new Set(feedback) });
  const evidence = analysis.evidence();
  const verdict = judgeCanary(evidence, gates, { waitedSeconds });
  const computedFrom = { stage: step, since: after, serving: serving.artifact, units: units.length };
  return reportOfCanary(context, evidence, { ...about, computedFrom, verdict });
}

function asFault(error: unknown): { readonly fault: string } {
  return { fault: error instanceof Error ? error.message : String(error) };
}

function faultReport(
  { newId, clock }: Pick<Context, 'newId' | 'clock'>,
  loop: string,
  artifact: string,
  stage: Stage | 'full',
  fault: string,
): EvaluationReport {
  return {
    schemaVersion,
    id: newId(),
    loop,
    artifact,
    kind: `release: ${stage}`,
    computedFrom: { stage },
    estimates: [],
    diagnostics: { fault },
    verdict: { outcome: 'rollBack', because: `it could not decide: ${fault}` },
    createdAt: new Date(clock()).toISOString(),
  };
}
