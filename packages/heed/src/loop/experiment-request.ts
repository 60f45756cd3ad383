import { HeedError, experimentSchema, schemaVersion } from '../spec/index.ts';
import type { ArmPolicy, Experiment, Horizon } from '../spec/index.ts';
import { guardrailsOf } from './configuration.ts';
import type { Context, RunningLoop } from './context.ts';
import type { GuardrailDefinition } from './define.ts';
import { valueAt } from './exchange/check.ts';
import type { ReleaseRequest } from './heed.ts';

/** What an experiment has where its declaration says nothing; `outcomeSeconds` is the loop's attribution window. */
export const experimentDefaults = {
  weight: 1,
  unit: 'subject',
  alpha: 0.05,
  /** Two weeks. */
  covariateSeconds: 14 * 86_400,
} as const;

/** An experiment as it is declared, in a loop's definition or by an operator. */
export interface ExperimentDefinition {
  /** Of its own in the loop, for ever. */
  readonly name: string;
  /** Two or more; the first one is the control. */
  readonly arms: readonly {
    readonly name: string;
    /** Of every subject, the share `weight / Σ weights` is in it. Default 1. */
    readonly weight?: number | undefined;
    readonly policy: ArmPolicy;
  }[];
  /** Who or what is in an arm as a whole. Default, and all there is: the subject. */
  readonly unit?: 'subject' | undefined;
  /** Beside the reward: feedback of the loop whose share of the subjects an arm may be better in. */
  readonly goals?: readonly { readonly feedback: string; readonly higherIsBetter?: boolean | undefined }[] | undefined;
  /** Feedback of the loop that no arm must make more frequent (or less, where more is better): else the experiment ends by itself. */
  readonly guardrails?: readonly GuardrailDefinition[] | undefined;
  readonly alpha?: number | undefined;
  /** How long after a subject's first decision its outcome is counted. Default: the attribution window. */
  readonly outcomeSeconds?: number | undefined;
  /** A subject's mean reward in so long before takes noise away; `null`: nothing before is looked at. Default: two weeks. */
  readonly covariateSeconds?: number | null | undefined;
  /** It ends by itself after so many subjects, or so long. Default: it goes on until somebody ends it. */
  readonly horizon?: Horizon | undefined;
  /** What subjects are told apart by; the same salt and weights give the same arms. Default: one of its own. */
  readonly salt?: string | undefined;
}

/** An experiment as an operator starts it: the same key gives the experiment first started with it. */
export interface ExperimentRequest extends ExperimentDefinition, ReleaseRequest {
  readonly loop: string;
}

/** An experiment that was not started yet: its arms have no artifacts. */
export function draftExperiment(
  { newId, clock }: Pick<Context, 'newId' | 'clock'>,
  { configuration, version }: Pick<RunningLoop, 'configuration' | 'version'>,
  request: Omit<ExperimentRequest, 'loop' | 'idempotencyKey'>,
): Experiment {
  const { name, arms, goals, guardrails, outcomeSeconds, covariateSeconds, horizon, by, why } = request;
  const id = newId();
  return {
    schemaVersion,
    id,
    loop: configuration.name,
    loopVersion: version,
    name,
    salt: request.salt ?? id,
    unit: request.unit ?? experimentDefaults.unit,
    arms: arms.map((arm) => ({ ...arm, weight: arm.weight ?? experimentDefaults.weight, artifact: null })),
    ...(goals !== undefined && {
      goals: goals.map(({ feedback, higherIsBetter }) => ({ feedback, higherIsBetter: higherIsBetter ?? true })),
    }),
    guardrails: guardrailsOf(guardrails),
    alpha: request.alpha ?? experimentDefaults.alpha,
    outcomeSeconds: outcomeSeconds ?? configuration.attributionWindowSeconds,
    covariateSeconds: covariateSeconds === undefined ? experimentDefaults.covariateSeconds : covariateSeconds,
    ...(horizon !== undefined && { horizon }),
    by,
    why,
    startedAt: new Date(clock()).toISOString(),
    status: 'running',
    end: null,
  };
}

/** @throws HeedError `invalid-input` for what cannot be an experiment of the loop. */
export function requireSense({ configuration }: Pick<RunningLoop, 'configuration'>, experiment: Experiment): void {
  const refuse = (what: string): never => {
    throw new HeedError('invalid-input', `cannot start the experiment ${experiment.name}, as ${what}`);
  };
  const parsed = experimentSchema.safeParse(experiment);
  if (!parsed.success)
    refuse(
      parsed.error.issues
        .map(
          ({ path, message }) => `${path.join('.')} must fit: ${message} (it is ${textOf(valueAt(experiment, path))})`,
        )
        .join('; '),
    );
  const { arms, goals = [], guardrails, horizon } = experiment;
  if (configuration.action.type === 'free')
    refuse(`its loop must decide: the actions of ${configuration.name} are made elsewhere`);
  if (horizon !== undefined && horizon.subjects === undefined && horizon.seconds === undefined)
    refuse('its horizon must be subjects, seconds, or both: it is neither');
  const twice = repeated(arms.map(({ name }) => name));
  if (twice !== undefined) refuse(`each arm must have a name of its own: ${twice} is there twice`);
  for (const [what, named] of [
    ['goals', goals],
    ['guardrails', guardrails],
  ] as const) {
    const unknown = named.find(({ feedback }) => !(feedback in configuration.feedback));
    if (unknown !== undefined)
      refuse(
        `${what} must name feedback of the loop (${Object.keys(configuration.feedback).join(', ')}): they name ${unknown.feedback}`,
      );
  }
  const watched = [...goals, ...guardrails].map(({ feedback }) => feedback);
  const again = repeated(watched);
  if (again !== undefined)
    refuse(`each goal and each guardrail must watch a feedback of its own: ${again} is there twice`);
  if (watched.includes('reward')) refuse('no goal or guardrail must be called reward, as the reward itself is: one is');
  for (const { name, policy } of arms)
    if (policy.type === 'variant' && policy.learner !== undefined && policy.learner.name !== configuration.learner.name)
      refuse(
        `a variant must go on from what serves, by the loop's own learner ${configuration.learner.name}: that of ${name} is ${policy.learner.name} (its policy may be { type: 'learner' } instead)`,
      );
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, place) => names.indexOf(name) !== place);
}

function textOf(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
