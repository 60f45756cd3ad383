import { schemaVersion } from '../spec/index.ts';
import type { Decision, Feedback, LoopConfiguration, RewardMapping, Signal } from '../spec/index.ts';
import { derivationName, deriveSignals, signalTargets } from './derive.ts';
import type { Evidence } from './derivation.ts';

const base = Date.UTC(2026, 0, 6, 9);

/** The id of a test's row: a small number as a UUID. */
export function idOf(number: number): string {
  return `01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** So many seconds after the test's decision. */
export function at(seconds: number): string {
  return new Date(base + seconds * 1_000).toISOString();
}

export const decisionId = idOf(1);

/** A decision made at second 0. */
export function decisionOf(change: Partial<Decision> = {}): Decision {
  return {
    schemaVersion,
    id: decisionId,
    origin: 'served',
    loop: 'papers',
    loopVersion: '0123456789abcdef',
    artifact: null,
    subjectState: null,
    subject: 'ada',
    agent: null,
    episode: null,
    step: null,
    group: null,
    parents: [],
    context: [],
    observations: [],
    candidates: null,
    action: { type: 'choice', item: 'p1' },
    heldFrom: null,
    heldUntil: null,
    behaviour: { kind: 'unknown', logProbability: null },
    activation: 'immediate',
    decidedAt: at(0),
    idempotencyKey: null,
    traceId: null,
    ...change,
  };
}

/** An upvote of `ada`'s, observed and received at second 10, on the whole decision. */
export function feedbackOf(number: number, change: Partial<Feedback> & { readonly seconds?: number } = {}): Feedback {
  const { seconds = 10, ...rest } = change;
  return {
    schemaVersion,
    id: idOf(1_000 + number),
    loop: 'papers',
    targets: [{ type: 'decision', decision: decisionId }],
    kind: 'reaction',
    name: 'upvote',
    value: { type: 'category', category: 'upvote' },
    source: { type: 'person', seen: 'everything' },
    subject: 'ada',
    observedAt: at(seconds),
    receivedAt: at(seconds),
    idempotencyKey: null,
    ...rest,
  };
}

/** A loop with a window of 100 s: upvote 1, dismiss −2, stars (x − 3) / 2, mood by category. */
export function configurationOf(reward: Partial<RewardMapping> = {}): LoopConfiguration {
  return {
    name: 'papers',
    context: {},
    candidate: {},
    action: { type: 'choice' },
    feedback: {},
    reward: {
      from: { upvote: 1, dismiss: -2, stars: { scale: 0.5, offset: -1.5 }, mood: { categories: { glad: 1, sad: -1 } } },
      combine: 'sum',
      range: [-3, 3],
      final: 'window',
      missing: { default: 0 },
      ...reward,
    },
    attributionWindowSeconds: 100,
    baseline: { type: 'given' },
    exclusions: [],
    leastProbability: 0,
    deadlineMs: 100,
    retentionDays: 30,
    features: { namespaces: {}, crosses: [], bits: 18, seed: 0 },
    learner: { name: 'contextualBandit', options: {} },
    exploration: { name: 'epsilonGreedy', options: {} },
    release: { promote: 'automatic', everySignals: 1, everySeconds: 1, leastSubjects: 0 },
  };
}

/** Derives a decision's signals again and again, as rows come in and time goes by, and keeps the newest versions. */
export function createDeriver(
  change: Partial<Omit<Evidence, 'now' | 'feedback'>> & { readonly kind?: Signal['kind'] } = {},
) {
  const {
    configuration = configurationOf(),
    decision = decisionOf(),
    activation = null,
    kind = 'reward',
    succession,
  } = change;
  const latest = new Map<string, Signal>();
  let made = 10_000;
  return {
    latest,
    /** The new versions, as of a second after the decision. */
    derive(feedback: readonly Feedback[], seconds: number, now: Partial<Pick<Evidence, 'activation'>> = {}): Signal[] {
      const signals = deriveSignals({
        configuration,
        derivation: derivationName(decision.loopVersion, kind),
        decision,
        activation,
        feedback,
        latest,
        now: base + seconds * 1_000,
        newId: () => idOf((made += 1)),
        kind,
        succession,
        ...now,
      });
      for (const signal of signals) latest.set(signal.targetKey, signal);
      return signals;
    },
    targets: (feedback: readonly Feedback[]) => signalTargets(decision, feedback, kind),
  };
}

/** The reward in a signal, or its status where it has none. */
export function rewardIn(signal: Signal | undefined): number | string {
  if (signal?.value?.kind === 'reward') return signal.value.rewards['reward'] ?? 'no reward';
  return signal?.status ?? 'nothing';
}
