import { expect, test } from 'vitest';
import { z } from 'zod';
import { linearThompson, linearThompsonLearner } from '../learner/index.ts';
import type { LinearPosteriorState } from '../learner/index.ts';
import { linearPosteriorFormat } from '../policy/index.ts';
import type { Experience, Learner } from '../spec/index.ts';
import { openStore } from '../store/index.ts';
import { readContent } from './artifacts.ts';
import { readCandidates } from './candidate-sets.ts';
import { defineHeed } from './define.ts';
import { toPolicyRequest } from './experience.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const page = {
  context: z.object({ mood: z.enum(['merry', 'grave']) }),
  candidate: z.object({ tone: z.string() }),
  action: { type: 'choice' },
  feedback: { thumb: { kind: 'reaction', reward: 1 } },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
  attributionWindowSeconds: 60,
  release: { promote: 'automatic', everySignals: 1_000_000, everySeconds: 1_000_000 },
} as const;
const config = defineHeed({
  loops: { page: { ...page, learner: linearThompson({ marginalDraws: 150 }), leastProbability: 0.05 } },
});
const candidates = ['warm', 'plain', 'funny'].map((tone) => ({ item: tone, features: { tone } }));
const moods = ['merry', 'grave'] as const;

test('how likely a draw was, and how surely that is known, is stored, learned from and part of every estimate', async () => {
  const clock = tickingClock();
  const seen: Experience[] = [];
  const learner: Learner<LinearPosteriorState> = {
    ...linearThompsonLearner,
    update(state, experiences) {
      seen.push(...experiences);
      return linearThompsonLearner.update(state, experiences);
    },
  };
  const heed = await openTestHeed(config, { clock: clock.now, learners: [learner as Learner<unknown>] });
  const made: string[] = [];
  const play = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      const mood = moods[at % 2] ?? 'merry';
      const request = { context: { mood }, candidates, subject: `reader ${made.length}` };
      const { decision, chosen } = await heed.decide('page', request);
      made.push(decision);
      if (chosen[0] === (mood === 'merry' ? 'funny' : 'plain'))
        await heed.feedback([{ loop: 'page', decision, name: 'thumb' }]);
    }
    clock.advance(61_000);
    await heed.derive();
  };
  await play(30);
  const { artifact } = await heed.train('page');
  await heed.settle(
    'page',
    async () => (await heed.decide('page', { context: { mood: 'merry' }, candidates, dryRun: true })).artifact,
  );
  await play(30);

  const store = await openStore({ url: heed.url, clock: clock.now });
  const stored = await store.artifacts.get(artifact ?? '');
  if (stored === null) throw new Error('the artifact of the training is not in the store');
  const policy = linearPosteriorFormat.read('x', await readContent(store, stored));
  const rows = await Promise.all(
    made.map(async (id) => {
      const { decision, signals } = await heed.decisions.get(id);
      const set = await readCandidates(store, decision.candidates?.set ?? '');
      const request = { ...toPolicyRequest(decision, set), subjectState: null };
      const value = signals.at(-1)?.value;
      return {
        byTrained: decision.artifact === artifact,
        logged: decision.behaviour.draw?.marginal,
        told: policy.marginal?.(request, decision.action),
        reward: value?.kind === 'reward' ? (value.rewards['reward'] ?? NaN) : NaN,
      };
    }),
  );
  await store.close();
  const own = rows.filter(({ byTrained }) => byTrained);
  expect(own).toHaveLength(30);
  for (const { logged, told } of own) expect(logged).toEqual(told);

  const terms = rows.map(({ logged, told, reward }) => {
    const { probability, standardError } = logged ?? { probability: NaN, standardError: NaN };
    const weight = (told?.probability ?? NaN) / probability;
    return {
      weight,
      reward,
      error: Math.hypot((told?.standardError ?? NaN) / probability, (weight * standardError) / probability),
    };
  });
  const sum = (of: (term: (typeof terms)[number]) => number): number => terms.reduce((all, term) => all + of(term), 0);
  const gain = sum(({ weight, reward }) => weight * reward);
  const moved = sum(({ reward, error }) => reward * error);
  const weights = sum(({ weight }) => weight);
  const report = await heed.evaluate('page', { artifact: artifact ?? '', resamples: 50 });
  const valueOf = (name: string) => report.estimates.find((each) => each.name === name)?.value;
  expect(valueOf('ips')).toBeCloseTo(gain / 60, 12);
  expect(valueOf('snips')).toBeCloseTo(gain / weights, 12);
  const errors = report.diagnostics['monteCarloErrors'] as Readonly<Record<string, number>>;
  expect(moved).toBeGreaterThan(0);
  expect(errors['ips']).toBeCloseTo(moved / 60, 12);
  expect(errors['snips']).toBeCloseTo((moved + (gain / weights) * sum(({ error }) => error)) / weights, 12);

  await heed.train('page');
  const learned = new Map(seen.map(({ decision, probability }) => [decision, probability]));
  expect(made.map((id) => learned.get(id))).toEqual(rows.map(({ logged }) => logged?.probability));
  await heed.close();
});
