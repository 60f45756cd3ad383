import { ClientError } from 'heed/client';
import type { Client } from 'heed/client';
import type config from '../heed.config.ts';
import { loopName } from './heed-loop.ts';
import type { ArtifactRow, DecisionRow, FeedbackRow, Operator, Ranking, Why } from './ranker.ts';

type HeedClient = Client<typeof config>;
type Detail = Awaited<ReturnType<HeedClient['decisions']['get']>>;
type Decision = Detail['decision'];
type Feedback = Detail['feedback'][number];
type Explanation = Awaited<ReturnType<HeedClient['decisions']['explain']>>[number];

const decisionsPerPage = 30;
/** Newest feedback looked through for the decisions of a page. */
const feedbackRead = 1_000;
const explainedTerms = 8;
/** Who acts on this page: it knows operators only as whoever can open it. */
const operatorName = 'operator page';

/** The operator's view of a Heed server. */
export function createHeedOperator(client: HeedClient): Operator {
  return {
    async decisions({ after }) {
      const [page, said] = await Promise.all([
        client.decisions.list({ loop: loopName, limit: decisionsPerPage, ...(after === undefined ? {} : { after }) }),
        client.feedbacks.list({ loop: loopName, limit: feedbackRead }),
      ]);
      const byDecision = new Map<string, FeedbackRow[]>();
      for (const feedback of said.rows) {
        for (const decision of judgedBy(feedback))
          byDecision.set(decision, [...(byDecision.get(decision) ?? []), toFeedbackRow(feedback)]);
      }
      return { rows: page.rows.map((decision) => toRow(decision, byDecision.get(decision.id) ?? [])), next: page.next };
    },
    async decision(id) {
      const detail = await found(() => client.decisions.get(id));
      if (detail === null || detail.decision.loop !== loopName) return null;
      const { decision, candidates, feedback, signals } = detail;
      const explanations =
        decision.artifact === null ? [] : await client.decisions.explain(id, { most: explainedTerms });
      return {
        row: toRow(decision, feedback.map(toFeedbackRow)),
        loopVersion: decision.loopVersion,
        candidates: candidates.length,
        seed: decision.behaviour.seed ?? null,
        components: (decision.behaviour.components ?? []).map(({ name, weight, logProbability }) => ({
          name,
          weight,
          logProbability,
        })),
        signals: signals.map(({ target, value, status, version }) => ({
          item: target.type === 'item' ? target.item : null,
          reward: value?.kind === 'reward' ? (value.rewards.reward ?? null) : null,
          status,
          version,
        })),
        why: explanations.map(toWhy),
      };
    },
    async replay(id) {
      try {
        const { matches, action, logProbability, loggedLogProbability } = await client.decisions.replay(id);
        return {
          refused: null,
          matches,
          items: action.type === 'slate' ? action.items : [],
          logProbability,
          loggedLogProbability,
        };
      } catch (error) {
        if (error instanceof ClientError && error.code === 'not-replayable') return { refused: error.message };
        throw error;
      }
    },
    async artifacts() {
      const [page, releases, status] = await Promise.all([
        client.artifacts.list({ loop: loopName, limit: 100 }),
        client.artifacts.releases(loopName),
        client.loops.get(loopName),
      ]);
      return page.rows.map(({ id, createdAt, lineage }): ArtifactRow => ({
        id,
        at: createdAt,
        parent: lineage.parent,
        signalsUsed: lineage.signals.used,
        signalsBefore: lineage.signals.before,
        serving: status.artifact?.id === id,
        releases: releases
          .filter(({ artifact }) => artifact === id)
          .map(({ step, at, by, why }) => ({ step, at, by, why })),
      }));
    },
    promote: async (artifact, why) => void (await client.artifacts.promote(artifact, { by: operatorName, why })),
    rollback: async (why) => void (await client.artifacts.rollback(loopName, { by: operatorName, why })),
    subscribe: (listener) => client.subscribe(() => listener(), { loop: loopName, onGap: listener }),
  };
}

/** Who made an order. A decision without an artifact and without a reason for its fallback was recorded, not made, by Heed. */
export function decidedBy(artifact: string | null, fallback: string | null): Ranking['by'] {
  if (fallback !== null) return 'fallback';
  return artifact === null ? 'rule' : 'policy';
}

/** Heed has no such thing, or nothing to say of it. */
export function isMissing(error: unknown): boolean {
  return (
    error instanceof ClientError &&
    (error.code === 'not-found' || error.code === 'not-replayable' || error.code === 'invalid-input')
  );
}

export function toWhy({ item, score, terms, rest, probability }: Explanation): Why {
  return { paper: item, score, terms, rest, probability };
}

async function found<Result>(ask: () => Promise<Result>): Promise<Result | null> {
  try {
    return await ask();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function toRow(decision: Decision, feedback: readonly FeedbackRow[]): DecisionRow {
  const { id, decidedAt, subject, artifact, subjectState, behaviour, action } = decision;
  return {
    id,
    at: decidedAt,
    reader: subject,
    by: decidedBy(artifact, behaviour.fallback ?? null),
    branch: behaviour.branch ?? null,
    logProbability: behaviour.logProbability,
    artifact,
    subjectState,
    items: action.type === 'slate' ? action.items : [],
    feedback,
  };
}

function judgedBy({ targets }: Feedback): string[] {
  return targets.flatMap((target) => ('decision' in target ? [target.decision] : []));
}

function toFeedbackRow({ id, observedAt, kind, name, value, targets }: Feedback): FeedbackRow {
  const [item = null] = targets.flatMap((target) => (target.type === 'item' ? [target.item] : []));
  return {
    id,
    at: observedAt,
    name: kind === 'retraction' ? 'taken back' : (name ?? kind),
    value: value.type === 'category' && name === null && kind !== 'retraction' ? value.category : '',
    item,
  };
}
