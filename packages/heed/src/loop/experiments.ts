import { HeedError, experimentSchema, schemaVersion } from '../spec/index.ts';
import type { ArmPolicy, EvaluationReport, Experiment } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import { armArtifact } from './experiment-arms.ts';
import { endExperiment } from './experiment-end.ts';
import type { Ended } from './experiment-end.ts';
import { analyseExperiment } from './experiment-evidence.ts';
import { guardrailsOf } from './configuration.ts';
import type { Context, RunningLoop } from './context.ts';
import type { GuardrailDefinition } from './define.ts';
import type { ListOptions, Page, Reason } from './heed.ts';
import { toPage, toQuery } from './page.ts';
import { releaseLock } from './releases.ts';
import { candidateOf } from './releasing.ts';
import type { ServingState } from './serving-state.ts';

/** What an experiment has where its declaration says nothing; `outcomeSeconds` is the loop's attribution window. */
export const experimentDefaults = {
  weight: 1,
  alpha: 0.05,
  /** Two weeks. */
  covariateSeconds: 14 * 86_400,
} as const;

/** An experiment as an operator declares it. */
export interface ExperimentRequest {
  readonly loop: string;
  /** Of its own in the loop, for ever. */
  readonly name: string;
  /** Two or more; the first one is the control. */
  readonly arms: readonly {
    readonly name: string;
    /** Of every subject, the share `weight / Σ weights` is in it. Default 1. */
    readonly weight?: number | undefined;
    readonly policy: ArmPolicy;
  }[];
  /** Feedback of the loop that no arm must make more frequent (or less, where more is better): else the experiment ends by itself. */
  readonly guardrails?: readonly GuardrailDefinition[] | undefined;
  readonly alpha?: number | undefined;
  /** How long after a subject's first decision its outcome is counted. Default: the attribution window. */
  readonly outcomeSeconds?: number | undefined;
  /** A subject's mean reward in so long before takes noise away; `null`: nothing before is looked at. Default: two weeks. */
  readonly covariateSeconds?: number | null | undefined;
  /** What subjects are told apart by; the same salt and weights give the same arms. Default: one of its own. */
  readonly salt?: string | undefined;
  readonly by: string;
  readonly why: string;
}

/** An experiment with what it has shown: so far, or when it ended. */
export interface ExperimentDetail {
  readonly experiment: Experiment;
  readonly report: EvaluationReport;
}

/** Policies side by side, each for its share of the subjects. */
export interface Experiments {
  /** Newest first. */
  list(options?: Pick<ListOptions, 'loop' | 'after' | 'limit'>): Promise<Page<Experiment>>;
  get(id: string): Promise<ExperimentDetail>;
  /** Declares an experiment and starts it: from now on its arms serve their subjects. */
  start(request: ExperimentRequest): Promise<Experiment>;
  /** Ends it without a winner: what serves serves everybody again. */
  stop(id: string, request: Reason): Promise<Experiment>;
  /** Ends it with a winner, which comes into service where `promote` says so. */
  conclude(id: string, request: ConcludeRequest): Promise<Experiment>;
}

export interface ConcludeRequest extends Reason {
  /** Name of an arm. */
  readonly winner: string;
  readonly promote?: boolean | undefined;
}

export function createExperiments(
  context: Context,
  state: Pick<ServingState, 'refresh' | 'artifact'>,
  loopNamed: (name: string) => RunningLoop,
): Experiments {
  const { store } = context;

  async function stored(id: string): Promise<Experiment> {
    const experiment = await store.experiments.get(id);
    if (experiment !== null) return experiment;
    throw new HeedError('not-found', `cannot find the experiment ${id}, as it must be in the store: it is not`);
  }

  async function get(id: string): Promise<ExperimentDetail> {
    const experiment = await stored(id);
    const evidence = experiment.end?.evidence ?? null;
    const kept = evidence === null ? null : await store.evaluationReports.get(evidence);
    if (kept !== null) return { experiment, report: kept };
    const { configuration } = loopNamed(experiment.loop);
    return { experiment, report: (await analyseExperiment(context, experiment, configuration)).report };
  }

  async function end(id: string, ending: Parameters<typeof endExperiment>[3]): Promise<Experiment> {
    const { experiment, report } = await get(id);
    const ended: Ended = await endExperiment(context, experiment, report, ending);
    await state.refresh(experiment.loop);
    return ended.experiment;
  }

  return {
    list: async (options) => toPage(await store.experiments.list(toQuery(options))),
    get,
    async start(request) {
      const loop = loopNamed(request.loop);
      const experiment = await store.transaction((transaction) => begin(context, state, loop, request, transaction), {
        lock: releaseLock(request.loop),
      });
      await state.refresh(request.loop);
      return experiment;
    },
    stop: (id, { by, why }) => end(id, { by, why, status: 'stopped' }),
    conclude: (id, { by, why, winner, promote }) => end(id, { by, why, winner, promote, status: 'concluded' }),
  };
}

async function begin(
  context: Context,
  state: Pick<ServingState, 'artifact'>,
  loop: RunningLoop,
  request: ExperimentRequest,
  transaction: Executor,
): Promise<Experiment> {
  const { store, newId, clock } = context;
  const { configuration, version } = loop;
  const { name } = configuration;
  const id = newId();
  const declared: Experiment = {
    schemaVersion,
    id,
    loop: name,
    loopVersion: version,
    name: request.name,
    salt: request.salt ?? id,
    unit: 'subject',
    arms: request.arms.map((arm) => ({ ...arm, weight: arm.weight ?? experimentDefaults.weight, artifact: null })),
    guardrails: guardrailsOf(request.guardrails),
    alpha: request.alpha ?? experimentDefaults.alpha,
    outcomeSeconds: request.outcomeSeconds ?? configuration.attributionWindowSeconds,
    covariateSeconds:
      request.covariateSeconds === undefined ? experimentDefaults.covariateSeconds : request.covariateSeconds,
    by: request.by,
    why: request.why,
    startedAt: new Date(clock()).toISOString(),
    status: 'running',
    end: null,
  };
  requireSense(loop, declared);
  await requireFree(context, declared, transaction);
  const arms = [];
  for (const arm of declared.arms)
    arms.push({ ...arm, artifact: await armArtifact(context, state, loop, arm, transaction) });
  const experiment = { ...declared, arms };
  await store.experiments.insert(experiment, transaction);
  return experiment;
}

/** @throws HeedError `invalid-input` for what cannot be an experiment of the loop. */
function requireSense({ configuration }: RunningLoop, experiment: Experiment): void {
  const refuse = (what: string): never => {
    throw new HeedError('invalid-input', `cannot start the experiment ${experiment.name}, as ${what}`);
  };
  const parsed = experimentSchema.safeParse(experiment);
  if (!parsed.success)
    refuse(parsed.error.issues.map(({ path, message }) => `${path.join('.')} must fit: ${message}`).join('; '));
  if (configuration.action.type === 'free')
    refuse(`its loop must decide: the actions of ${configuration.name} are made elsewhere`);
  const arms = experiment.arms.map(({ name }) => name);
  const twice = arms.find((name, place) => arms.indexOf(name) !== place);
  if (twice !== undefined) refuse(`each arm must have a name of its own: ${twice} is there twice`);
  const watched = experiment.guardrails.map(({ feedback }) => feedback);
  const unknown = watched.find((feedback) => !(feedback in configuration.feedback));
  if (unknown !== undefined)
    refuse(
      `guardrails must name feedback of the loop (${Object.keys(configuration.feedback).join(', ')}): they name ${unknown}`,
    );
  const again = watched.find((feedback, place) => watched.indexOf(feedback) !== place);
  if (again !== undefined) refuse(`each guardrail must watch a feedback of its own: ${again} is there twice`);
  if (watched.includes('reward')) refuse('a guardrail must not be called reward, as the goal is: one is');
}

/** @throws HeedError `experiment-conflict` where the loop has an experiment or a release under way, or had one of this name. */
async function requireFree({ store }: Context, { loop, name }: Experiment, transaction: Executor): Promise<void> {
  const refuse = (what: string): never => {
    throw new HeedError('experiment-conflict', `cannot start the experiment ${name} in the loop ${loop}, as ${what}`);
  };
  const running = await store.experiments.running(loop, transaction);
  if (running !== null) refuse(`no other experiment must run in it: ${running.name} does`);
  const candidate = await candidateOf(store, loop, transaction);
  if (candidate !== null)
    refuse(
      `no release must be on its way in it: ${candidate.release.artifact} is at ${candidate.release.step} (let it pass, or send it back)`,
    );
  if ((await store.experiments.list({ loop, name, limit: 1 }, transaction)).items.length > 0)
    refuse('its name must be new in the loop: one of this name was there before');
}
