import { HeedError, isHeedError } from '../spec/index.ts';
import type { Experiment } from '../spec/index.ts';
import { createAudit } from './audit.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Context, RunningLoop } from './context.ts';
import { beginExperiment } from './experiment-begin.ts';
import type { Beginning } from './experiment-begin.ts';
import { draftExperiment, requireSense } from './experiment-request.ts';
import type { ExperimentDefinition } from './experiment-request.ts';

/** Who starts what a configuration declares. */
const starter = { by: 'configuration', why: 'declared in the configuration' } as const;

/**
 * Starts the experiment that a loop's definition declares, once for all processes and restarts.
 *
 * @returns why it waits, as where a release or another experiment is on its way in the loop: to be tried again. Else `null`.
 * @throws HeedError `experiment-conflict` where one of this name was declared otherwise.
 */
export async function startDeclared(context: Context, state: Beginning, loop: RunningLoop): Promise<string | null> {
  const { experiment: declared } = loop;
  if (declared === null) return null;
  const { name: loopName } = loop.configuration;
  let known = false;
  try {
    const { id } = await beginExperiment(context, state, loop, { ...declared, ...starter }, async (transaction) => {
      const same = { loop: loopName, name: declared.name, limit: 1 };
      const [before = null] = (await context.store.experiments.list(same, transaction)).items;
      if (before !== null) requireSame(context, loop, declared, before);
      known = before !== null;
      return before;
    });
    if (!known)
      await createAudit(context).write({ who: starter.by, action: 'startExperiment', loop: loopName, target: id });
    return null;
  } catch (error) {
    if (!isHeedError(error, 'experiment-conflict') || error instanceof ChangedDeclaration) throw error;
    return error.message;
  }
}

/** @throws HeedError `invalid-configuration` for a declaration that cannot be an experiment of the loop. */
export function checkDeclared(
  context: Pick<Context, 'newId' | 'clock'>,
  loop: Pick<RunningLoop, 'configuration' | 'version'>,
  declared: ExperimentDefinition,
): void {
  try {
    requireSense(loop, draftExperiment(context, loop, { ...declared, ...starter }));
  } catch (error) {
    if (!isHeedError(error, 'invalid-input')) throw error;
    throw new HeedError('invalid-configuration', `cannot run the loop ${loop.configuration.name}: ${error.message}`);
  }
}

/** What was declared cannot be changed: there is nothing to wait for. */
class ChangedDeclaration extends HeedError {
  constructor(message: string) {
    super('experiment-conflict', message);
  }
}

function requireSame(context: Context, loop: RunningLoop, declared: ExperimentDefinition, stored: Experiment): void {
  const now = comparable(loop, declared, stored, draftExperiment(context, loop, { ...declared, ...starter }));
  const before = comparable(loop, declared, stored, stored);
  const changed = Object.keys(now).filter((field) => canonicalJson(now[field]) !== canonicalJson(before[field]));
  if (changed.length === 0) return;
  const { name, id, status } = stored;
  const what = `cannot run the loop ${loop.configuration.name} with the experiment ${name}, as what is declared of it must stay as it was when it began: ${changed.join(' and ')} changed`;
  throw new ChangedDeclaration(
    status === 'running'
      ? `${what} (put the declaration back; or stop it, by heed experiments stop ${id}, and declare the new one under a name of its own)`
      : `${what}, and it has ended (declare the new one under a name of its own, or take it out)`,
  );
}

/** What of an experiment its declaration says. */
function comparable(
  { version }: RunningLoop,
  declared: ExperimentDefinition,
  stored: Experiment,
  { arms, unit, goals = [], guardrails, alpha, outcomeSeconds, covariateSeconds, horizon, salt, id }: Experiment,
): { readonly [field: string]: unknown } {
  // The attribution window takes its place, and that may be another one in another version of the loop.
  const byWindow = declared.outcomeSeconds === undefined && stored.loopVersion !== version;
  return {
    arms: arms.map(({ name, weight, policy }) => ({ name, weight, policy })),
    unit,
    goals,
    guardrails,
    alpha,
    outcomeSeconds: byWindow ? null : outcomeSeconds,
    covariateSeconds,
    horizon: horizon ?? null,
    salt: salt === id ? null : salt,
  };
}
