import { afterAll, beforeAll, expect, test } from 'vitest';
import { contextualBandit, dynLinUcb, lowSwitching, switchingCosts } from '../learner/index.ts';
import { defineHeed } from './define.ts';
import { points, pointLoop, worthOf } from './testing-held.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import type { TestHeed } from './testing.ts';

const daySeconds = 86_400;

const dynamical = dynLinUcb({
  fields: ['x', 'y'],
  bounds: { spectralRadius: 0.5 },
  horizon: 100,
  roundSeconds: daySeconds,
});
const full = switchingCosts({ actions: 3, horizon: 4, feedback: 'full', budget: 12 });
const config = defineHeed({
  loops: {
    digest: pointLoop(dynamical),
    page: pointLoop(full),
    calm: {
      ...pointLoop(lowSwitching(contextualBandit(), { switches: 2, perSeconds: daySeconds })),
      exploration: { name: 'epsilon-greedy', options: { epsilon: 0 } },
    },
  },
});
type Config = typeof config;
type LoopName = keyof Config['loops'];

const clock = tickingClock();
let seeds = 0;
const options = { clock: clock.now, newSeed: () => `seed ${(seeds += 1)}` };
let heed: TestHeed<Config>;

beforeAll(async () => {
  heed = await openTestHeed(config, options);
}, 60_000);
afterAll(() => heed.close());

/** What an item that was not chosen would have been worth. */
function alternative(loopName: LoopName, decision: string, item: string, value = worthOf[item] ?? 0) {
  const target = { type: 'alternative', decision, action: { type: 'choice', item } } as const;
  return { loop: loopName, targets: [target], name: 'worth', value } as const;
}

/** A decision and what it was worth, an hour later. */
async function playRound(
  loopName: LoopName,
  more: { readonly subject?: string } = {},
): Promise<{ decision: string; item: string }> {
  const { decision, chosen } = await heed.decide(loopName, { context: {}, candidates: points, ...more });
  const [item = ''] = chosen;
  await heed.feedback([{ loop: loopName, decision, name: 'worth', value: worthOf[item] ?? 0 }]);
  return { decision, item };
}

async function train(loopName: LoopName): Promise<string> {
  await heed.derive();
  const { artifact } = await heed.train(loopName);
  return artifact ?? '';
}

test('what DynLin-UCB holds is held from the release that began it, until its rounds are over', async () => {
  const rounds: { item: string; heldFrom: string | null; heldUntil: string | null; at: number }[] = [];
  const released: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    const { decision, item } = await playRound('digest');
    const { heldFrom, heldUntil } = (await heed.decisions.get(decision)).decision;
    rounds.push({ item, heldFrom, heldUntil, at: clock.now() });
    clock.advance(daySeconds * 1_000);
    await train('digest');
    released.push(clock.now());
  }
  expect(rounds[0]).toMatchObject({ heldFrom: null, heldUntil: null });
  // A round takes a day, and each training comes at its end: what is held since is held from there.
  const began = rounds.map(({ item }, at) => {
    const start = rounds.findLastIndex((each, index) => index <= at && each.item !== item) + 1;
    return released[Math.max(start, 1) - 1] ?? NaN;
  });
  for (const [index, { heldFrom, heldUntil, at }] of rounds.entries()) {
    if (index === 0) continue;
    expect(Date.parse(heldFrom ?? '')).toBe(began[index]);
    expect((Date.parse(heldUntil ?? '') - at) % (daySeconds * 1_000)).toBe(0);
    expect(Date.parse(heldUntil ?? '')).toBeGreaterThan(at);
  }
  // Epochs 2 to 4 last 2, 2 and 3 rounds.
  const left = rounds.slice(1).map(({ heldUntil, at }) => (Date.parse(heldUntil ?? '') - at) / (daySeconds * 1_000));
  expect(left).toEqual([2, 1, 2, 1, 3, 2, 1]);
  expect(new Set(rounds.slice(1, 3).map(({ item }) => item)).size).toBe(1);
});

test('a restart and a second process tell the same; once the rounds are over, until when is open', async () => {
  const again = await heed.reopen(options);
  const decide = async (of: Pick<TestHeed<Config>, 'decide' | 'decisions'>) =>
    (await of.decisions.get((await of.decide('digest', { context: {}, candidates: points })).decision)).decision;
  const [here, there] = [await decide(heed), await decide(again)];
  expect(there).toMatchObject({ action: here.action, heldFrom: here.heldFrom, heldUntil: here.heldUntil });
  clock.advance(40 * daySeconds * 1_000);
  expect(await decide(again)).toMatchObject({ heldFrom: here.heldFrom, heldUntil: null });
  await again.close();
});

test('what others would have paid is learned from, as signals of their own, once', async () => {
  const { decision, item } = await playRound('page');
  const others = ['a', 'b', 'c'].filter((each) => each !== item);
  await heed.feedback([
    ...others.map((other) => alternative('page', decision, other)),
    alternative('page', decision, 'nobody', 1),
    // What was chosen is no alternative to itself.
    alternative('page', decision, item, 0),
  ]);
  const artifact = await heed.artifacts.get(await train('page'));
  expect(artifact.metrics).toMatchObject({ observations: 3, unobserved: 0, batches: 1 });
  expect(artifact.lineage.signals.used).toBe(4);
  expect((await heed.train('page')).signalsUsed).toBe(0);
  const { signals } = await heed.decisions.get(decision);
  const targets = signals.filter(({ status }) => status === 'final').map(({ target }) => target.type);
  expect(targets.toSorted()).toEqual(['alternative', 'alternative', 'alternative', 'decision']);

  // A batch without them changes nothing, and says so.
  await playRound('page');
  expect((await heed.artifacts.get(await train('page'))).metrics).toMatchObject({ observations: 3, unobserved: 1 });
});

test('an item not chosen says nothing to a learner that does not ask for it', async () => {
  const { decision, item } = await playRound('calm');
  const other = item === 'a' ? 'b' : 'a';
  await heed.feedback([alternative('calm', decision, other)]);
  const { metrics } = await heed.artifacts.get(await train('calm'));
  expect(metrics['experiences']).toBe(1);
});

test('a page that may change twice a day changes no more often, across restarts', async () => {
  const changes: number[] = [];
  let acting = await actingOf((await heed.loops.get('calm')).artifact?.id ?? '');
  for (let hour = 0; hour < 48; hour += 3) {
    await playRound('calm');
    clock.advance(3 * 3_600_000);
    const next = await actingOf(await train('calm'));
    // What acts stays the same unless an exchange was told.
    expect(next.weights === acting.weights || next.switches === acting.switches + 1).toBe(true);
    if (next.switches > acting.switches) changes.push(clock.now());
    acting = next;
    if (hour % 24 !== 12) continue;
    const again = await heed.reopen(options);
    await again.close();
  }
  expect(changes.length).toBeGreaterThan(3);
  for (const [index, at] of changes.entries()) {
    const withinADay = changes.filter((other) => other >= at && other < at + daySeconds * 1_000);
    expect([index, withinADay.length]).toEqual([index, Math.min(2, changes.length - index)]);
  }
});

test('what somebody forgotten had taught goes from what acts at once; that exchange is told, and paid for', async () => {
  clock.advance(2 * daySeconds * 1_000);
  await playRound('calm', { subject: 'ada' });
  const before = await actingOf(await train('calm'));
  clock.advance(3_600_000);
  const [job = ''] = (await heed.subjects.delete('ada')).jobs;
  const stop = new AbortController();
  const working = heed.work({ intervalMs: 50, signal: stop.signal });
  await expect.poll(async () => (await heed.jobs.get(job)).status, { timeout: 30_000 }).toBe('succeeded');
  stop.abort();
  await working;
  const after = await actingOf((await heed.loops.get('calm')).artifact?.id ?? '');
  expect(after.switches).toBe(before.switches + 1);
  // Twelve hours after the exchange before it would have been its turn: the next comes twelve hours later.
  clock.advance(20 * 3_600_000);
  await playRound('calm');
  expect((await actingOf(await train('calm'))).switches).toBe(after.switches);
  clock.advance(4 * 3_600_000);
  await playRound('calm');
  expect((await actingOf(await train('calm'))).switches).toBe(after.switches + 1);
}, 60_000);

/** The file by which an artifact acts, as its hash, and how many exchanges there have been. */
async function actingOf(artifact: string): Promise<{ weights: string; switches: number }> {
  const { files, metrics } = await heed.artifacts.get(artifact);
  return { weights: files.find(({ name }) => name === 'weights')?.blob ?? '', switches: metrics['switches'] ?? NaN };
}
