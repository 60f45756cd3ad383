import type { Derivation } from './derivation.ts';
import { rewardOutcome, rewardTargets } from './reward.ts';

/** Transitions: a decision's reward together with what came next; settled exactly when the reward is. */
export const transitionDerivation: Derivation = {
  targets: (decision) => rewardTargets(decision),
  outcome: (evidence, target) => {
    const { succession } = evidence;
    if (succession === undefined) return null;
    return rewardOutcome(evidence, target, (reward) => ({
      kind: 'transition',
      reward,
      next: succession.next,
      terminal: succession.terminal,
    }));
  },
};
