import type { Ranker } from './ranker.ts';

/** Keeps the order that papers are given in: the page as it is without Heed, and the measure of what Heed adds. */
export function createRuleRanker(): Ranker {
  const inGivenOrder: Ranker['rank'] = ({ papers }) =>
    Promise.resolve({ order: papers.map(({ id }) => id), decision: null, by: 'fallback', probability: null, artifact: null });
  return {
    rank: inGivenOrder,
    record: async (request) => ({ ...(await inGivenOrder(request)), by: 'rule' }),
    react: () => Promise.resolve(),
    reason: () => Promise.resolve(null),
    operator: null,
    close: () => Promise.resolve(),
  };
}
