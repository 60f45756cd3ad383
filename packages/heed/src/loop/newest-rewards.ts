import type { Signal } from '../spec/index.ts';

/** The reward signals of a decision, of each target its newest version. */
export function newestRewards(signals: readonly Signal[]): Signal[] {
  const newest = new Map<string, Signal>();
  for (const signal of signals)
    if (signal.kind === 'reward' && (newest.get(signal.targetKey)?.version ?? 0) < signal.version)
      newest.set(signal.targetKey, signal);
  return [...newest.values()];
}

/** As `newestRewards`, of what was done alone: not what somebody says of an item that was not chosen. */
export function newestRewardsOfTaken(signals: readonly Signal[]): Signal[] {
  return newestRewards(signals).filter(({ target }) => target.type !== 'alternative');
}
