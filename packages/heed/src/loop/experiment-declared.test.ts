import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createHeed } from './create.ts';
import { defineHeed } from './define.ts';
import type { ExperimentDefinition } from './experiment-request.ts';
import { openTestHeed } from './testing.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const halves = {
  name: 'in-order',
  arms: [
    { name: 'control', policy: { type: 'serving' } },
    { name: 'in-order', policy: { type: 'baseline' } },
  ],
} as const satisfies ExperimentDefinition;

function config(experiment?: ExperimentDefinition) {
  return defineHeed({
    loops: {
      door: {
        context: z.object({}),
        candidate: z.object({ colour: z.string() }),
        action: { type: 'choice' },
        feedback: { entered: { kind: 'outcome', reward: 1 }, complaint: { kind: 'reaction' } },
        reward: { range: [0, 1], final: 'feedback', missing: 'wait' },
        attributionWindowSeconds: 60,
        release: { promote: 'manual', everySignals: 1_000_000, everySeconds: 1_000_000 },
        experiment,
      },
    },
  });
}

const reason = { by: 'ada', why: 'a test' };
const candidates = ['red', 'blue'].map((colour) => ({ item: colour, features: { colour } }));

/** Runs the loop with this declaration on a store of its own, and stops; others may run on it after that. */
async function begin(experiment?: ExperimentDefinition) {
  const first = await openTestHeed(config(experiment));
  const { rows } = await first.experiments.list({ loop: 'door' });
  const { rows: audited } = await first.audit.list({ loop: 'door' });
  const database = await first.stop();
  closers.push(() => database.drop());
  const again = async (next?: ExperimentDefinition, options: { log?: (line: string) => void } = {}) => {
    const heed = await createHeed(config(next), { url: database.url, ...options });
    closers.push(() => heed.close());
    return heed;
  };
  return { started: rows[0], audited, again };
}

test('what a loop declares is started once, whatever starts again', async () => {
  const { started, audited, again } = await begin(halves);
  expect(started).toMatchObject({
    name: 'in-order',
    unit: 'subject',
    status: 'running',
    by: 'configuration',
    alpha: 0.05,
    outcomeSeconds: 60,
  });
  expect(audited[0]).toMatchObject({ who: 'configuration', action: 'startExperiment', target: started?.id });
  const [second, third] = await Promise.all([again(halves), again(halves)]);
  expect((await second.experiments.list()).rows).toEqual([started]);
  const { decision } = await third.decide('door', { context: {}, candidates, subject: 'ann' });
  expect((await third.decisions.get(decision)).decision.experiment?.id).toBe(started?.id);
  await second.experiments.stop(started?.id ?? '', reason);
  const fourth = await again(halves);
  expect((await fourth.experiments.list()).rows).toMatchObject([{ id: started?.id, status: 'stopped' }]);
});

test('two processes that start at the same moment start one experiment', async () => {
  const { again } = await begin();
  const [one, other] = await Promise.all([again(halves), again(halves)]);
  const { rows } = await one.experiments.list();
  expect(rows).toHaveLength(1);
  expect((await other.experiments.list()).rows).toEqual(rows);
});

test.each<[string, Partial<ExperimentDefinition>]>([
  ['arms', { arms: [...halves.arms, { name: 'third', policy: { type: 'baseline' } }] }],
  ['arms', { arms: halves.arms.map((arm, place) => ({ ...arm, weight: place + 1 })) }],
  ['alpha', { alpha: 0.1 }],
  ['guardrails', { guardrails: [{ feedback: 'complaint' }] }],
  ['outcomeSeconds', { outcomeSeconds: 30 }],
  ['goals and horizon', { goals: [{ feedback: 'entered' }], horizon: { subjects: 10 } }],
])(
  'a running experiment of which %s are declared otherwise is refused, and how to go on is said',
  async (what, more) => {
    const { started, again } = await begin(halves);
    await expect(again({ ...halves, ...more })).rejects.toMatchObject({
      code: 'experiment-conflict',
      message: `cannot run the loop door with the experiment in-order, as what is declared of it must stay as it was when it began: ${what} changed (put the declaration back; or stop it, by heed experiments stop ${started?.id}, and declare the new one under a name of its own)`,
    });
    // The process that was refused holds nothing.
    expect((await (await again(halves)).experiments.list()).rows).toEqual([started]);
  },
);

test('one that has ended is not started anew by another declaration of its name', async () => {
  const { started, again } = await begin(halves);
  const second = await again(halves);
  await second.experiments.stop(started?.id ?? '', reason);
  await expect(again({ ...halves, alpha: 0.1 })).rejects.toMatchObject({
    message: expect.stringMatching(/alpha changed, and it has ended \(declare the new one under a name of its own/),
  });
  const third = await again({ ...halves, name: 'again', alpha: 0.1 });
  expect((await third.experiments.list()).rows.map(({ name }) => name)).toEqual(['again', 'in-order']);
});

test('taking a declaration out ends nothing; another one waits, says so, and begins when the first has ended', async () => {
  const { started, again } = await begin(halves);
  const second = await again();
  expect((await second.experiments.list()).rows).toEqual([started]);
  const told: string[] = [];
  const third = await again({ ...halves, name: 'next' }, { log: (line) => told.push(line) });
  expect(told).toEqual([expect.stringMatching(/^what door declares waits: .* in-order \([0-9a-f-]{36}\) does$/)]);
  await third.experiments.stop(started?.id ?? '', reason);
  const stop = new AbortController();
  const working = third.work({ signal: stop.signal, intervalMs: 20 });
  for (let tries = 0; tries < 300 && (await third.experiments.list()).rows.length < 2; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  await working;
  expect((await third.experiments.list()).rows).toMatchObject([
    { name: 'next', status: 'running' },
    { name: 'in-order', status: 'stopped' },
  ]);
}, 60_000);

test('whoever only looks starts nothing', async () => {
  const { again } = await begin();
  const second = await again();
  expect((await second.experiments.list()).rows).toEqual([]);
});

test.each<[string, Partial<ExperimentDefinition>]>([
  ['arms must fit: Too small', { arms: [] }],
  ['arms.1.weight must fit', { arms: halves.arms.map((arm, place) => ({ ...arm, weight: 1 - place })) }],
  ['(it is "page")', { unit: 'page' as 'subject' }],
  ['they name laughter', { guardrails: [{ feedback: 'laughter' }] }],
])('a declaration of which %s is refused before anything is opened', async (sentence, more) => {
  await expect(createHeed(config({ ...halves, ...more }), { url: 'postgres://nowhere' })).rejects.toMatchObject({
    code: 'invalid-configuration',
    message: expect.stringContaining(sentence),
  });
});
