import type { RankRequest, Ranker, Ranking } from './ranker.ts';

/** Keeps the order that papers are given in: the page as it is without Heed, and the measure of what Heed adds. */
export function createRuleRanker(): Ranker {
  return {
    rank: async (request) => inGivenOrder(request, 'fallback'),
    record: async (request) => inGivenOrder(request, 'rule'),
    react: () => Promise.resolve(),
    reason: () => Promise.resolve(null),
    operator: null,
    close: () => Promise.resolve(),
  };
}

/** A list that nobody can judge: there is no Heed to keep it. */
export function inGivenOrder({ papers }: Pick<RankRequest, 'papers'>, by: 'rule' | 'fallback'): Ranking {
  return { order: papers.map(({ id }) => id), decision: null, by, probability: null, artifact: null };
}
