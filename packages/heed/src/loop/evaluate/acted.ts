import type { Decision, PolicyRequest } from '../../spec/index.ts';
import type { ServingState } from '../serving-state.ts';
import type { ActedPolicy } from './cases.ts';

/** Finds out how a slate that was drawn came about: from what was written down of it, else by the artifact that drew it. */
export function createActed(
  state: Pick<ServingState, 'artifact'>,
): (decision: Decision, request: PolicyRequest) => Promise<ActedPolicy | null> {
  return async ({ action, artifact, behaviour: { components, fallback } }, request) => {
    if (action.type !== 'slate' || fallback !== undefined) return null;
    const policy = artifact === null ? null : (await state.artifact(artifact)).policy;
    if (components !== undefined && components.length > 0)
      return {
        policy,
        prefix: (places) =>
          components.reduce((sum, { weight, logPrefix }) => {
            const log = logPrefix[places - 1] ?? null;
            return sum + (log === null ? 0 : weight * Math.exp(log));
          }, 0),
      };
    if (policy === null) return null;
    return { policy, prefix: (places) => prefixOf(policy, request, action.items, places) };
  };
}

/** Probability that a policy fills the first places of a slate as these items do: that of a slate of that size. */
export function prefixOf(
  policy: { logProbability: (request: PolicyRequest, action: { type: 'slate'; items: string[] }) => number },
  request: PolicyRequest,
  items: readonly string[],
  places: number,
): number {
  const action = { type: 'slate' as const, items: items.slice(0, places) };
  return Math.min(1, Math.exp(policy.logProbability({ ...request, size: places }, action)));
}
