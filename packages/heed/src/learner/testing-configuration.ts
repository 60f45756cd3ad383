import type { Experience, LoopConfiguration } from '../spec/index.ts';

/** A loop's configuration, all of it plain, for tests and measurements of learners. */
export function configurationWith(changes: Partial<LoopConfiguration> = {}): LoopConfiguration {
  return {
    name: 'test',
    context: {},
    candidate: {},
    action: { type: 'choice' },
    feedback: { thumb: { kind: 'reaction', value: null } },
    reward: { from: { thumb: 1 }, combine: 'sum', range: [0, 1], final: 'feedback', missing: 'wait' },
    attributionWindowSeconds: 60,
    baseline: { type: 'given' },
    exclusions: [],
    leastProbability: 0,
    deadlineMs: 200,
    retentionDays: 30,
    features: {
      namespaces: { context: { from: 'context', normalise: false }, item: { from: 'item', normalise: false } },
      crosses: [['context', 'item']],
      bits: 12,
      seed: 0,
    },
    learner: { name: 'contextual-bandit', options: {} },
    exploration: { name: 'square-cb', options: {} },
    release: { promote: 'automatic', everySignals: 1, everySeconds: 1, leastSubjects: 0 },
    ...changes,
  };
}

/** One experience with an item that was chosen from `items`. */
export function experienceOf(
  item: string,
  reward: number,
  changes: {
    readonly context?: Experience['request']['context'];
    readonly items?: readonly string[];
    readonly subject?: string;
    readonly probability?: number;
    readonly weight?: number;
  } = {},
): Experience {
  const { context = {}, items = [item], subject = null, probability = null, weight = 1 } = changes;
  return {
    request: {
      subject,
      context,
      candidates: items.map((each) => ({ item: each, features: {} })),
      excluded: new Set(),
      size: 1,
      subjectState: null,
    },
    item,
    probability,
    reward,
    weight,
  };
}
