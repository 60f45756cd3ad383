import type { Client } from 'heed/client';
import type config from '../heed.config.ts';
import { paperFeatures } from './features.ts';
import { createHeedOperator, decidedBy, isMissing, toWhy } from './heed-operator.ts';
import { loopName } from './heed-loop.ts';
import { pageLength } from './pages/list-page.ts';
import type { Judgement, RankRequest, Ranker } from './ranker.ts';

type HeedClient = Client<typeof config>;
type Feedback = Parameters<HeedClient['feedback']>[0][number];

/** Terms that a reader is told. */
const toldTerms = 5;

/** Orders papers by Heed. While Heed is late or away the client acts in its place: lists come in the order given, and what is said waits. */
export function createHeedRanker(client: HeedClient): Ranker {
  return {
    async rank(request, { rehearsal = false } = {}) {
      const reply = await client.decide(loopName, {
        ...asked(request),
        size: Math.min(pageLength, request.papers.length),
        dryRun: rehearsal,
      });
      return {
        order: reply.chosen,
        decision: rehearsal ? null : reply.decision,
        by: decidedBy(reply.artifact, reply.fallback ?? null),
        probability: reply.probability,
        artifact: reply.artifact,
      };
    },
    async record(request) {
      const order = request.papers.map(({ id }) => id);
      const { decision } = await client.record(loopName, {
        ...asked(request),
        action: { type: 'slate', items: order },
        behaviour: { kind: 'deterministic', logProbability: 0 },
      });
      return { order, decision, by: 'rule', probability: 1, artifact: null };
    },
    async react(judgement) {
      await client.feedback(toFeedback(judgement));
    },
    async reason(decision, paper) {
      try {
        const { decision: made } = await client.decisions.get(decision);
        const by = decidedBy(made.artifact, made.behaviour.fallback ?? null);
        const [explanation] =
          made.artifact === null ? [] : await client.decisions.explain(decision, { item: paper, most: toldTerms });
        return {
          by,
          artifact: made.artifact,
          decidedAt: made.decidedAt,
          why: explanation === undefined ? null : toWhy(explanation),
        };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    operator: createHeedOperator(client),
    close: async () => {
      await client.flush();
      await client.close();
    },
  };
}

function asked({ reader, papers, surface, now }: RankRequest) {
  return {
    subject: reader,
    context: { surface },
    candidates: papers.map((paper) => ({ item: paper.id, features: paperFeatures(paper, now) })),
  };
}

/**
 * What a reader said, as feedback on the list's item: taking a word back is a retraction of all that the reader said of the item.
 * Where no list showed the paper it is feedback on the reader as a whole, which nothing is learned from yet.
 */
export function toFeedback({ reader, paper, reaction, decision, key, at, passed }: Judgement): Feedback[] {
  const shared = { loop: loopName, subject: reader, observedAt: new Date(at).toISOString() } as const;
  const target =
    decision === null
      ? { targets: [{ type: 'subject', subject: reader, item: paper } as const] }
      : { decision, item: paper };
  const said: Feedback =
    reaction === 'none'
      ? { ...shared, ...target, kind: 'retraction', idempotencyKey: key }
      : { ...shared, ...target, name: reaction, idempotencyKey: key };
  if (decision === null) return [said];
  return [
    said,
    ...passed.map((item): Feedback => ({
      ...shared,
      decision,
      item,
      name: 'passed',
      source: { type: 'system', seen: 'part' },
      idempotencyKey: `passed:${decision}:${item}`,
    })),
  ];
}
