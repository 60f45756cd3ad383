import type { LogScore } from '../evaluation/release/index.ts';
import { HeedError } from '../spec/index.ts';
import type { Context } from './context.ts';
import { finite, scoreOnLog } from './release-evidence.ts';
import type { ServingState } from './serving-state.ts';

/** Decisions that a dry run looks at, where it is not told. */
export const dryRunDefaults = { decisions: 1_000, mostDecisions: 100_000 } as const;

/** What a policy would have done in place of the newest decisions of its loop. */
export interface DryRun extends Omit<LogScore, 'changed'> {
  readonly artifact: string;
  readonly loop: string;
  /** Mean probability that it would have done something else; `null` where it could make no decision. */
  readonly changed: number | null;
}

/**
 * Lets a stored policy decide the newest decisions of its loop once more, for nobody: what it would change, and whether
 * the log tells that it is better or worse.
 *
 * @throws HeedError `not-found`, `artifact-not-promotable` for what is no policy, `invalid-input`.
 */
export async function dryRun(
  context: Context,
  state: ServingState,
  id: string,
  { decisions = dryRunDefaults.decisions }: { readonly decisions?: number | undefined } = {},
): Promise<DryRun> {
  if (!(Number.isInteger(decisions) && decisions >= 1 && decisions <= dryRunDefaults.mostDecisions))
    throw new HeedError(
      'invalid-input',
      `cannot run dry, as decisions must be a whole number from 1 to ${dryRunDefaults.mostDecisions}: it is ${decisions}`,
    );
  const artifact = await context.store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot run the artifact ${id} dry, as it must be in the store: it is not`);
  if (artifact.role !== 'policy')
    throw new HeedError(
      'artifact-not-promotable',
      `cannot run the artifact ${id} dry, as it must be a policy: it is a ${artifact.role}`,
    );
  const loop = context.loops.get(artifact.loop);
  if (loop === undefined)
    throw new HeedError(
      'not-found',
      `cannot run the artifact ${id} dry, as its loop must be configured: ${artifact.loop} is not`,
    );
  const { policy } = await state.artifact(id);
  const score = await scoreOnLog(context, state, loop, policy, { most: decisions, asServed: true });
  return { artifact: id, loop: artifact.loop, ...score, changed: finite(score.changed) };
}
