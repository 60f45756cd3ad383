import type { Signal } from '../../spec/index.ts';
import { newestRewardsOfTaken } from '../newest-rewards.ts';

/** What has come of a decision: the settled reward of each of its targets; or why there is none. */
type Settled = { readonly rewards: ReadonlyMap<string, number> } | { readonly without: 'open' | 'censored' | 'none' };

/** The rewards of a decision's signals, in the newest version of each target. Missing is not zero: all must be settled. */
export function settledRewards(signals: readonly Signal[]): Settled {
  const newest = newestRewardsOfTaken(signals);
  if (newest.length === 0) return { without: 'none' };
  const rewards = new Map<string, number>();
  for (const { status, value, targetKey } of newest) {
    const reward = value?.kind === 'reward' ? value.rewards['reward'] : undefined;
    if (status === 'provisional') return { without: 'open' };
    if (status === 'censored' || reward === undefined) return { without: 'censored' };
    rewards.set(targetKey, reward);
  }
  return { rewards };
}
