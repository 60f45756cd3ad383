import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchErmFormat, contextualBanditFormat } from '../policy/index.ts';
import type { ArtifactContent } from '../spec/index.ts';
import { batchErm, batchErmLearner } from './batch-erm.ts';
import { contextualBanditLearner } from './contextual-bandit.ts';
import { lastSwitchLearner } from './last-switch/learner.ts';
import { lastSwitch } from './last-switch/options.ts';
import { lowSwitching, lowSwitchingLearner } from './low-switching.ts';
import type { LowSwitchingInput, LowSwitchingState } from './low-switching.ts';
import { contextualBandit } from './options.ts';
import { configurationWith, experienceOf, learnerContract, storedAndRead } from './testing.ts';

const items = ['a', 'b', 'c'];
const experiences = Array.from({ length: 60 }, (_, index) =>
  experienceOf(items[index % 3] ?? 'a', index % 3 === 1 ? 1 : 0, { items }),
);

function make(options: LowSwitchingInput, inner = contextualBandit()) {
  const configuration = configurationWith({ learner: lowSwitching(inner, options) });
  const learner = lowSwitchingLearner(configuration, () => contextualBanditLearner);
  return { configuration, learner, start: () => learner.init(configuration, 'seed') };
}

const calm = make({ switches: 2, horizon: 30 });
const daily = make({ switches: 2, perSeconds: 100 });

learnerContract('low-switching', calm.learner, calm.configuration, experiences);

/** The weights that act, as one text. */
function actingOf({ acting }: { readonly acting: ArtifactContent }): string {
  return JSON.stringify(acting.files.map(({ bytes }) => Buffer.from(bytes).toString('base64')));
}

/** Places at which what acts changes, told one by one. */
function changesIn(texts: readonly string[]): number[] {
  return texts.flatMap((text, index) => (index > 0 && text !== texts[index - 1] ? [index] : []));
}

test('what acts is exchanged after 10 and 20 of 30 experiences, and so again in the next 30', () => {
  let state = calm.start();
  const acting = [actingOf(state)];
  for (const experience of experiences) {
    state = calm.learner.update(state, [experience]);
    acting.push(actingOf(state));
  }
  expect(changesIn(acting)).toEqual([10, 20, 40, 50]);
});

test('the budget holds however the experiences come in and whatever restarts between them, and is told', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(sizes, (parts) => {
      let state = calm.start();
      let count = 0;
      for (const size of parts) {
        const part = Array.from({ length: size }, (_, at) => experiences[(count + at) % 60] ?? experienceOf('a', 0));
        count += size;
        state = calm.learner.update(state, part);
        state = calm.learner.fromArtifact(calm.configuration, storedAndRead(calm.learner.toArtifact(state)));
      }
      const expected = 2 * Math.floor(count / 30) + Math.floor((count % 30) / 10);
      expect(calm.learner.toArtifact(state).metrics).toMatchObject({ experiences: count, switches: expected });
    }),
    { numRuns: 50 },
  );
});

test('a budget of time: two exchanges in 100 s lie 50 s apart, whatever restarts between them', () => {
  let state = daily.start();
  const exchanged: number[] = [];
  for (let second = 0; second < 400; second += 7) {
    const before = actingOf(state);
    state = daily.learner.update(state, experiences.slice(0, 20), second * 1_000);
    state = daily.learner.update(state, experiences.slice(20, 40), second * 1_000 + 10);
    if (actingOf(state) !== before) exchanged.push(second);
    state = daily.learner.fromArtifact(daily.configuration, storedAndRead(daily.learner.toArtifact(state)));
  }
  // The first training after 50 s each: 56 = 8 · 7, and so on.
  expect(exchanged).toEqual([0, 56, 112, 168, 224, 280, 336, 392]);
  expect(state.progress.switches).toBe(8);
});

test('one training makes one exchange, with all that it has learned', () => {
  let state = daily.learner.update(daily.start(), experiences.slice(0, 20), 1_000);
  state = daily.learner.update(state, experiences.slice(20), 1_500);
  expect(state.progress.switches).toBe(1);
  const { files } = contextualBanditLearner.toArtifact(
    contextualBanditLearner.update(contextualBanditLearner.init(configurationWith(), 'seed'), experiences),
  );
  expect(state.acting.files).toEqual(files);
});

test('without a clock a budget of time exchanges nothing', () => {
  expect(daily.learner.update(daily.start(), experiences).progress.switches).toBe(0);
});

test('training anew exchanges at once, and the next exchange is left out for it', () => {
  const served = calm.learner.toArtifact(calm.learner.update(calm.start(), experiences.slice(0, 12)));
  const anew = calm.learner.update(calm.start(), experiences.slice(0, 7));
  let state = calm.learner.retrained?.(anew, storedAndRead(served), 0) ?? anew;
  expect(state.progress).toMatchObject({ experiences: 12, switches: 2, owed: 1 });
  const acting = [actingOf(state)];
  for (const experience of experiences.slice(12, 42)) {
    state = calm.learner.update(state, [experience]);
    acting.push(actingOf(state));
  }
  // After 20 of the first 30 none, after 10 of the next one again: 40 in all, 28 later.
  expect(changesIn(acting)).toEqual([28]);
});

test('training anew pays with time as well', () => {
  const served = daily.learner.toArtifact(daily.learner.update(daily.start(), experiences, 10_000));
  let state =
    daily.learner.retrained?.(daily.learner.update(daily.start(), experiences), served, 20_000) ?? daily.start();
  expect(state.progress.switches).toBe(2);
  const restarted = (): LowSwitchingState<unknown> =>
    daily.learner.fromArtifact(daily.configuration, storedAndRead(daily.learner.toArtifact(state)));
  // The exchange of 60 s was made at 20 s: the next may come at 110 s.
  state = daily.learner.update(restarted(), experiences, 109_000);
  expect(state.progress.switches).toBe(2);
  state = daily.learner.update(restarted(), experiences, 110_000);
  expect(state.progress.switches).toBe(3);
});

test("the inner learner's policy reads it, and answers alike until the next exchange", () => {
  const request = { ...(experiences[0] ?? experienceOf('a', 0, { items })).request };
  const distribution = (count: number) => {
    const state = calm.learner.update(calm.start(), experiences.slice(0, count));
    return contextualBanditFormat.read('artifact', calm.learner.toArtifact(state)).distribution(request);
  };
  expect(distribution(9)).toEqual(distribution(0));
  expect(distribution(19)).toEqual(distribution(10));
  expect(distribution(20)).not.toEqual(distribution(19));
});

test('what was told of items not chosen is no round of the budget', () => {
  const told = experiences.slice(0, 9).map((experience) => ({ ...experience, taken: false as const }));
  const state = calm.learner.update(calm.start(), [...experiences.slice(0, 9), ...told]);
  expect(state.progress).toMatchObject({ experiences: 9, switches: 0 });
  expect(calm.learner.update(state, experiences.slice(9, 10)).progress.switches).toBe(1);
});

test('it looks back as far as the learner inside does', () => {
  const configuration = configurationWith({
    learner: lowSwitching(lastSwitch({ tauMax: 7 }), { switches: 1, horizon: 9 }),
  });
  expect(lowSwitchingLearner(configuration, () => lastSwitchLearner).past?.(configuration)).toBe(7);
  expect(calm.learner.past?.(calm.configuration)).toBe(0);
});

test('an artifact of the inner learner by itself acts and learns on', () => {
  const alone = contextualBanditLearner.toArtifact(
    contextualBanditLearner.update(contextualBanditLearner.init(configurationWith(), 's'), experiences),
  );
  const state = calm.learner.fromArtifact(calm.configuration, storedAndRead(alone));
  expect(state.acting.files).toEqual(alone.files);
  expect(state.progress).toEqual({ experiences: 0, switches: 0, owed: 0, exchangedAt: null });
});

test('budgets and learners that make no sense are refused, and say why', () => {
  const named =
    (options: LowSwitchingInput, inner = contextualBandit()) =>
    () =>
      make(options, inner);
  expect(named({ switches: 0, horizon: 10 })).toThrow('switches');
  expect(named({ switches: 1.5, horizon: 10 })).toThrow('switches');
  expect(named({ switches: 4, horizon: 4 })).toThrow('longer than the number of switches');
  expect(named({ switches: 4 })).toThrow('one of horizon and perSeconds must be given');
  expect(named({ switches: 4, horizon: 10, perSeconds: 10 })).toThrow('one of horizon and perSeconds');
  expect(() =>
    lowSwitching(lowSwitching(contextualBandit(), { switches: 1, horizon: 9 }), { switches: 1, horizon: 9 }),
  ).toThrow('must be another learner');
  const personal = make({ switches: 1, horizon: 9 }, contextualBandit({ subject: { namespaces: ['item'] } }));
  expect(() => personal.learner.needs(personal.configuration)).toThrow('keeps to each subject');
});

test('a network inside is settled before it acts, and what acts stays when it is settled again', async () => {
  const inner = batchErm({ oracle: 'mlp', mlp: { hidden: [4], passes: 5 } });
  const configuration = configurationWith({ learner: lowSwitching(inner, { switches: 2, horizon: 30 }) });
  const learner = lowSwitchingLearner(configuration, () => batchErmLearner);
  let state = learner.init(configuration, 'seed');
  const told: number[][] = [];
  for (const [from, to] of [
    [0, 5],
    [5, 12],
    [12, 18],
  ]) {
    state = learner.update(state, experiences.slice(from, to));
    const content = storedAndRead(learner.toArtifact((await learner.settle?.(state)) ?? state));
    told.push([...batchErmFormat.read('x', content).decide(experienceOf('a', 0, { items }).request, 's').scores]);
    state = learner.fromArtifact(configuration, content);
  }
  const [before, exchanged, after] = told;
  expect(before).toEqual([0.5, 0.5, 0.5]);
  expect(new Set(exchanged).size).toBe(3);
  expect(after).toEqual(exchanged);
});
