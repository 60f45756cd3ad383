import { expect, test } from 'vitest';
import { hashName, logSumExp, packTable } from '../math/index.ts';
import { contextualBanditFiles, contextualBanditFormatName } from '../spec/index.ts';
import type {
  Action,
  ArtifactContent,
  ContextualBanditConfiguration,
  JsonObject,
  Policy,
  PolicyRequest,
} from '../spec/index.ts';

/** A contextual-bandit artifact with weights given by the names of features. */
export function contentWith(
  weights: Record<string, number>,
  changes: Partial<ContextualBanditConfiguration> = {},
): ArtifactContent {
  const configuration: ContextualBanditConfiguration = {
    action: 'choice',
    features: {
      namespaces: {
        context: { from: 'context', normalise: false },
        candidate: { from: 'candidate', normalise: false },
        item: { from: 'item', normalise: false },
      },
      crosses: [],
      bits: 18,
      seed: 0,
    },
    loss: 'squared',
    rewardRange: [0, 1],
    leastProbability: 0,
    exploration: { name: 'square-cb', options: {} },
    subject: null,
    examples: 100,
    learner: { name: contextualBanditFormatName, options: {} },
    ...changes,
  };
  const keys = Uint32Array.from(Object.keys(weights), (name) => hashName(name, configuration.features.seed));
  return {
    format: contextualBanditFormatName,
    formatVersion: 1,
    configuration: JSON.parse(JSON.stringify(configuration)) as JsonObject,
    files: [
      {
        name: contextualBanditFiles.weights,
        bytes: packTable({ numbers: [], keys, columns: [Float64Array.from(Object.values(weights))] }),
      },
    ],
    metrics: {},
  };
}

/** A request over items without features of their own. */
export function requestFor(items: readonly string[], changes: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    subject: null,
    context: {},
    candidates: items.map((item) => ({ item, features: {} })),
    excluded: new Set(),
    size: 1,
    subjectState: null,
    ...changes,
  };
}

/** All ordered lists of `size` of the items. */
export function orderedSlates(items: readonly string[], size: number): string[][] {
  if (size === 0) return [[]];
  return items.flatMap((item) =>
    orderedSlates(
      items.filter((other) => other !== item),
      size - 1,
    ).map((rest) => [item, ...rest]),
  );
}

/** Pearson's χ² of counts against probabilities. */
export function chiSquareOf(counts: ReadonlyMap<string, number>, probabilities: ReadonlyMap<string, number>): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...probabilities].reduce(
    (sum, [key, probability]) => sum + ((counts.get(key) ?? 0) - total * probability) ** 2 / (total * probability),
    0,
  );
}

/** Upper 0.1 % point of χ² by Wilson and Hilferty's approximation. */
export function chiSquareLimit(degrees: number): number {
  return degrees * (1 - 2 / (9 * degrees) + 3.09 * Math.sqrt(2 / (9 * degrees))) ** 3;
}

function itemsOf(action: Action): readonly string[] {
  if (action.type === 'slate') return action.items;
  return action.type === 'choice' ? [action.item] : [];
}

/** What a policy is checked on: what its loop asks for, and a request of five candidates at most, one of them excluded. */
interface ContractCase {
  readonly action: 'choice' | 'slate';
  readonly make: () => Policy;
  readonly request: PolicyRequest;
}

/** The actions that a request allows. */
function actionsOf({ action, request }: Omit<ContractCase, 'make'>): {
  readonly allowed: readonly string[];
  readonly size: number;
  readonly actions: readonly string[][];
  readonly toAction: (order: readonly string[]) => Action;
} {
  const allowed = request.candidates.map(({ item }) => item).filter((item) => !request.excluded.has(item));
  const size = action === 'slate' ? Math.min(request.size, allowed.length) : 1;
  return {
    allowed,
    size,
    actions: orderedSlates(allowed, size),
    toAction: (order) =>
      action === 'slate' ? { type: 'slate', items: [...order] } : { type: 'choice', item: order[0] ?? '' },
  };
}

/** Counts of the actions of `draws` decisions, and the probability that the policy gives to each possible one. */
function countDraws({ action, make, request }: ContractCase, draws: number) {
  const policy = make();
  const { actions, toAction } = actionsOf({ action, request });
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw += 1) {
    const key = itemsOf(policy.decide(request, `draw ${draw}`).action).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const probabilities = new Map(
    actions.map((order) => [order.join(' '), Math.exp(policy.logProbability(request, toAction(order)))]),
  );
  return { counts, probabilities };
}

/** What every policy must do whose probabilities are exact. */
export function policyContract(
  name: string,
  action: ContractCase['action'],
  make: ContractCase['make'],
  request: PolicyRequest,
): void {
  const { size } = actionsOf({ action, request });
  anyPolicyContract(name, { action, make, request });

  test(`${name}: a decision's log-probability is that of its action, and the log-sum-exp of its components`, () => {
    const policy = make();
    expect(policy.marginal).toBeUndefined();
    for (let seed = 0; seed < 200; seed += 1) {
      const { action: drawn, behaviour } = policy.decide(request, `seed ${seed}`);
      expect(behaviour.kind).toBe('exact');
      expect(behaviour.seed).toBe(`seed ${seed}`);
      expect(behaviour.logProbability).toBe(policy.logProbability(request, drawn));
      if (behaviour.components === undefined) continue;
      expect(behaviour.components.map((component) => component.name)).toContain(behaviour.branch);
      const joint = logSumExp(
        behaviour.components.map(({ weight, logProbability }) => Math.log(weight) + (logProbability ?? -Infinity)),
      );
      expect(joint).toBeCloseTo(behaviour.logProbability ?? NaN, 12);
      for (const { logPrefix, logProbability } of behaviour.components) {
        expect(logPrefix).toHaveLength(size);
        expect(logPrefix.at(-1)).toBe(logProbability);
      }
    }
  });

  test(`${name}: draws follow the probabilities`, () => {
    const { counts, probabilities } = countDraws({ action, make, request }, 5_000);
    for (const key of counts.keys()) expect(probabilities.get(key)).toBeGreaterThan(0);
    const possible = new Map([...probabilities].filter(([, p]) => p > 0));
    expect(chiSquareOf(counts, possible)).toBeLessThan(chiSquareLimit(Math.max(1, possible.size - 1)));
  });
}

/** What every policy must do that decides by a draw from a posterior. */
export function drawnPolicyContract(
  name: string,
  action: ContractCase['action'],
  make: ContractCase['make'],
  request: PolicyRequest,
): void {
  anyPolicyContract(name, { action, make, request });
  const { actions } = actionsOf({ action, request });

  test(`${name}: a decision has its probability given its draw, and beside it the one over all draws`, () => {
    const policy = make();
    for (let seed = 0; seed < 20; seed += 1) {
      const { action: drawn, behaviour } = policy.decide(request, `seed ${seed}`);
      const marginal = policy.marginal?.(request, drawn);
      expect(behaviour.kind).toBe('exact');
      expect(behaviour.draw).toEqual({ seed: `seed ${seed} draw`, marginal });
      expect(policy.logProbability(request, drawn)).toBe(Math.log(marginal?.probability ?? NaN));
      // Given the draw the best order has all but what the uniform branch may take.
      const uniform = behaviour.components?.find((component) => component.name === 'uniform')?.weight ?? 0;
      const conditional = Math.exp(behaviour.logProbability ?? NaN);
      expect(
        Math.min(
          Math.abs(conditional - (1 - uniform + uniform / actions.length)),
          Math.abs(conditional - uniform / actions.length),
        ),
      ).toBeLessThan(1e-12);
    }
  });

  test(`${name}: draws follow the probabilities over all draws, which are estimates themselves`, () => {
    const { counts, probabilities } = countDraws({ action, make, request }, 1_000);
    const { draws = NaN } = make().marginal?.(request, { type: 'choice', item: '' }) ?? {};
    for (const key of counts.keys()) expect(probabilities.get(key)).toBeGreaterThan(0);
    // Both sides vary: the counts by 1/1,000, the estimates by 1/draws.
    const statistic = chiSquareOf(counts, probabilities) / (1 + 1_000 / draws);
    expect(statistic).toBeLessThan(chiSquareLimit(Math.max(1, probabilities.size - 1)));
  });
}

/** What every policy must do, however its probabilities are meant. */
export function anyPolicyContract(name: string, { action, make, request }: ContractCase): void {
  const { allowed, size, actions, toAction } = actionsOf({ action, request });
  const items = request.candidates.map(({ item }) => item);

  test(`${name}: the probabilities of all actions sum to 1, and by their first item to the distribution`, () => {
    const policy = make();
    const probabilities = actions.map((order) => Math.exp(policy.logProbability(request, toAction(order))));
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    const distribution = policy.distribution(request);
    expect(distribution).toHaveLength(items.length);
    items.forEach((item, index) => {
      const first = actions.reduce((sum, order, at) => sum + (order[0] === item ? (probabilities[at] ?? 0) : 0), 0);
      expect(distribution[index]).toBeCloseTo(first, 12);
    });
  });

  test(`${name}: excluded items have probability 0 and no score`, () => {
    const policy = make();
    expect(request.excluded.size).toBeGreaterThan(0);
    const { scores } = policy.decide(request, 'contract');
    const distribution = policy.distribution(request);
    items.forEach((item, index) => expect(Number.isNaN(scores[index])).toBe(request.excluded.has(item)));
    expect(distribution.filter((_, index) => request.excluded.has(items[index] ?? '')).every((p) => p === 0)).toBe(
      true,
    );
    const [excluded = ''] = request.excluded;
    expect(policy.logProbability(request, toAction([excluded, ...allowed].slice(0, size)))).toBe(-Infinity);
  });

  test(`${name}: actions that cannot happen have probability 0`, () => {
    const policy = make();
    expect(policy.logProbability(request, toAction(['nobody', ...allowed].slice(0, size)))).toBe(-Infinity);
    expect(policy.logProbability(request, { type: 'vector', values: [1] })).toBe(-Infinity);
    expect(policy.logProbability(request, { type: 'slate', items: [] })).toBe(-Infinity);
    const repeated = [...allowed.slice(0, 1), ...allowed].slice(0, size + 1);
    expect(policy.logProbability(request, { type: 'slate', items: repeated })).toBe(-Infinity);
  });

  test(`${name}: the same seed decides the same, bit for bit, in any instance`, () => {
    for (let seed = 0; seed < 50; seed += 1)
      expect(make().decide(request, `seed ${seed}`)).toEqual(make().decide(request, `seed ${seed}`));
  });

  test(`${name}: an explanation's terms and rest sum to the score`, () => {
    const policy = make();
    const { scores } = policy.decide(request, 'contract');
    const distribution = policy.distribution(request);
    items.forEach((item, index) => {
      for (const most of [0, 1, 100]) {
        const explanation = policy.explain(request, item, most);
        expect(explanation.terms.length).toBeLessThanOrEqual(most);
        expect(explanation.terms.reduce((sum, { value }) => sum + value, explanation.rest)).toBeCloseTo(
          explanation.score,
          9,
        );
        // Excluded items are explained as well, though a decision gives them no score.
        expect(explanation.score).toBe(request.excluded.has(item) ? explanation.score : scores[index]);
        expect(explanation.probability).toBe(distribution[index]);
      }
    });
  });
}
