import pg from 'pg';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { contextualBandit, contextualBanditLearner } from '../learner/index.ts';
import { createRandom } from '../math/index.ts';
import { epsilonGreedy } from '../policy/index.ts';
import type { Experience } from '../spec/index.ts';
import { configureLoop } from './configuration.ts';
import { defineHeed } from './define.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const windowMs = 3_600_000;
const minute = 60_000;

const config = defineHeed({
  loops: {
    offers: {
      context: z.object({ hour: z.number() }),
      candidate: z.object({ price: z.number() }),
      action: { type: 'choice' },
      feedback: {
        bought: { kind: 'outcome', value: z.number(), reward: { scale: 1, offset: 0 } },
        held: { kind: 'outcome', value: z.number(), reward: { scale: 1, offset: 0 } },
      },
      reward: { range: [-2, 2], final: 'feedback', missing: { default: 0 } },
      attributionWindowSeconds: windowMs / 1_000,
      learner: contextualBandit({ importance: 'none' }),
      exploration: epsilonGreedy({ epsilon: 0.2 }),
      release: { promote: 'manual' },
    },
  },
});

/** One thing that reaches Heed, at its time of arrival. */
type Arrival =
  | { at: number; kind: 'decision'; index: number }
  | { at: number; kind: 'feedback'; index: number; key: string; value: number; observedAt: number; supersedes?: string }
  | { at: number; kind: 'retraction'; index: number; retracts: string };

const start = Date.UTC(2026, 0, 6, 9);
const count = 10_000;
const decidedAt = (index: number): number => start + index * 1_000;
const idOf = (index: number): string => `019b9288-d680-7000-8000-${index.toString(16).padStart(12, '0')}`;

/** 20 % late (seen in time, told after the window), 5 % after the window, 5 % twice, 5 % before the decision, 5 % retracted, 2 % superseded, 29 % plainly, 29 % never. */
function simulate(): Arrival[] {
  const random = createRandom('20260106');
  const below = (limit: number): number => Math.floor(random.uniform() * limit);
  const arrivals: Arrival[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = decidedAt(index);
    const part = below(100);
    const value = (1 + below(8)) / 4;
    const key = `key-${index}`;
    const say = (arrival: number, observedAt: number, more = {}): number =>
      arrivals.push({ at: arrival, kind: 'feedback', index, key, value, observedAt, ...more });
    arrivals.push({ at: part >= 30 && part < 35 ? at + 2 * minute : at, kind: 'decision', index });
    if (part < 20) say(at + windowMs + 10 * minute, at + 30 * minute);
    else if (part < 25) say(at + windowMs + 20 * minute, at + windowMs + 5 * minute);
    else if (part < 30) [3, 4].forEach((wait) => say(at + wait * minute, at + minute));
    else if (part < 35) say(at + minute, at + minute / 2);
    else if (part < 40) {
      say(at + 2 * minute, at + minute);
      arrivals.push({ at: at + (index % 2 === 0 ? 5 : 90) * minute, kind: 'retraction', index, retracts: key });
    } else if (part < 42) {
      say(at + 2 * minute, at + minute);
      say(at + (index % 2 === 0 ? 6 : 80) * minute, at + 3 * minute, {
        key: `${key}-again`,
        value: -value,
        supersedes: key,
      });
    } else if (part < 71) say(at + 2 * minute, at + minute);
  }
  return arrivals.toSorted((a, b) => a.at - b.at);
}

interface Known {
  readonly status: 'provisional' | 'final' | 'defaulted';
  readonly reward: number | null;
  readonly availableAt: number;
}

/** What the signals must be, worked out from the list of arrivals alone. */
function oracle(arrivals: readonly Arrival[], now: number): Map<number, Known> {
  const decided = new Set<number>();
  const said = new Map<number, Extract<Arrival, { kind: 'feedback' }>>();
  const takenBack = new Set<string>();
  for (const arrival of arrivals) {
    if (arrival.at > now) break;
    if (arrival.kind === 'decision') decided.add(arrival.index);
    if (arrival.kind === 'retraction') takenBack.add(arrival.retracts);
    if (arrival.kind === 'feedback' && arrival.observedAt <= decidedAt(arrival.index) + windowMs)
      said.set(arrival.index, arrival);
  }
  const known = new Map<number, Known>();
  for (const index of decided) {
    const close = decidedAt(index) + windowMs;
    const word = said.get(index);
    if (word !== undefined && !takenBack.has(word.key))
      known.set(index, { status: 'final', reward: word.value, availableAt: word.observedAt });
    else if (now >= close) known.set(index, { status: 'defaulted', reward: 0, availableAt: close });
    else known.set(index, { status: 'provisional', reward: null, availableAt: close });
  }
  return known;
}

test(
  'signals and weights are what an independent oracle says, whatever comes late, twice, early, back or anew',
  { timeout: 300_000 },
  async () => {
    const arrivals = simulate();
    const clock = tickingClock(start);
    const heed = await openTestHeed(config, { clock: clock.now });
    const holder = await heed.reopen();
    const candidates = [
      { item: 'a', features: { price: 1 } },
      { item: 'b', features: { price: 2.5 } },
    ];
    const feedbackIds = new Map<string, string>();

    async function deliver(until: number): Promise<void> {
      const due = arrivals.splice(
        0,
        arrivals.findIndex(({ at }) => at > until) === -1
          ? arrivals.length
          : arrivals.findIndex(({ at }) => at > until),
      );
      for (let from = 0; from < due.length;) {
        const { kind } = due[from] ?? {};
        let to = from;
        while (to < due.length && due[to]?.kind === kind && to - from < 200) to += 1;
        await Promise.all(due.slice(from, to).map(send));
        from = to;
      }
      clock.advance(until - clock.now());
    }

    async function send(arrival: Arrival): Promise<void> {
      const { index } = arrival;
      if (arrival.kind === 'decision') {
        const action = { type: 'choice', item: index % 3 === 0 ? 'a' : 'b' } as const;
        await heed.record('offers', {
          id: idOf(index),
          context: { hour: index % 24 },
          candidates,
          action,
          probability: 0.5,
          decidedAt: new Date(decidedAt(index)).toISOString(),
        });
        return;
      }
      if (arrival.kind === 'retraction') {
        const retracted = feedbackIds.get(arrival.retracts) ?? '';
        await heed.feedback([
          {
            loop: 'offers',
            kind: 'retraction',
            targets: [{ type: 'feedback', feedback: retracted, relation: 'retracts' }],
          },
        ]);
        return;
      }
      const replaced = arrival.supersedes === undefined ? undefined : feedbackIds.get(arrival.supersedes);
      const addressed =
        replaced === undefined
          ? { decision: idOf(index) }
          : { targets: [{ type: 'feedback', feedback: replaced, relation: 'supersedes' } as const] };
      const [reply] = await heed.feedback([
        {
          loop: 'offers',
          name: 'bought',
          value: arrival.value,
          observedAt: new Date(arrival.observedAt).toISOString(),
          idempotencyKey: arrival.key,
          ...addressed,
        },
      ]);
      if (reply !== undefined) feedbackIds.set(arrival.key, reply.feedback);
    }

    // A transaction that is ready to commit, and waits: it is held open over two trainings.
    const gate = new pg.Client({ connectionString: heed.url });
    await gate.connect();
    await gate.query(
      `create function heed.wait_at_the_gate() returns trigger language plpgsql as $$ begin perform pg_advisory_lock_shared(4242); perform pg_advisory_unlock_shared(4242); return null; end $$`,
    );
    await gate.query(
      `create constraint trigger held after insert on heed.feedback deferrable initially deferred for each row when (new.name = 'held') execute function heed.wait_at_the_gate()`,
    );
    await gate.query('select pg_advisory_lock(4242)');

    const log = [...arrivals];
    const heldIndex = count - 1;
    let held: Promise<unknown> | null = null;
    const configuration = configureLoop('offers', config.loops.offers);
    let state = contextualBanditLearner.init(configuration, '0');
    let before = new Map<number, Known>();
    const used: number[] = [];

    const checkpoints = [start + 90 * minute, start + 200 * minute, start + 500 * minute];
    for (const [round, now] of checkpoints.entries()) {
      // Derivation runs all the time; trainings are few.
      for (const part of [0.5, 1]) {
        await deliver(clock.now() + (now - clock.now()) * part);
        await heed.derive();
      }
      if (round === 0)
        held = holder.feedback([
          {
            loop: 'offers',
            decision: idOf(1),
            name: 'held',
            value: 0.125,
            observedAt: new Date(decidedAt(1) + 10_000).toISOString(),
          },
        ]);
      if (round === 2) {
        await gate.query('select pg_advisory_unlock(4242)');
        await held;
        await heed.derive();
      }
      const expected = oracle(log, now);
      if (round === 2) {
        const word = expected.get(1);
        const bought = word?.status === 'final' ? (word.reward ?? 0) : 0;
        expected.set(1, {
          status: 'final',
          reward: bought + 0.125,
          availableAt:
            word?.status === 'final' ? Math.max(word.availableAt, decidedAt(1) + 10_000) : decidedAt(1) + 10_000,
        });
      }

      const actual = await newestSignals(heed, [...expected.keys()]);
      for (const [index, { status, reward }] of expected)
        expect(actual.get(idOf(index)), `decision ${index} at checkpoint ${round}`).toEqual({ status, reward });

      const table = [...expected]
        .filter(
          ([index, known]) =>
            known.status !== 'provisional' &&
            (before.get(index)?.status !== known.status || before.get(index)?.reward !== known.reward),
        )
        .toSorted(([a, { availableAt: x }], [b, { availableAt: y }]) => x - y || a - b);
      const report = await heed.train('offers');
      expect(report.signalsUsed).toBe(table.length);
      used.push(table.length);
      state = contextualBanditLearner.update(
        state,
        table.map(([index, { reward }]) => toExperience(index, reward ?? 0)),
      );
      before = expected;
    }
    expect(used.every((size) => size > 1_000)).toBe(true);
    expect(heldIndex).toBeGreaterThan(0);

    const { rows: artifacts } = await heed.artifacts.list({ loop: 'offers', limit: 10 });
    const newest = artifacts[0];
    const { rows } = await gate.query<{ content: Buffer }>('select content from heed.blob where hash = any($1)', [
      newest?.files.map(({ blob }) => Buffer.from(blob, 'hex')),
    ]);
    const stored = rows.map(({ content }) => Buffer.from(content).toString('base64')).toSorted();
    const own = contextualBanditLearner
      .toArtifact(state)
      .files.map(({ bytes }) => Buffer.from(bytes).toString('base64'))
      .toSorted();
    expect(own).toEqual(stored);
    expect(newest?.lineage.signals).toEqual({ before: (used[0] ?? 0) + (used[1] ?? 0), used: used[2] });

    await gate.end();
    await holder.close();
    await heed.close();

    function toExperience(index: number, reward: number): Experience {
      const request = {
        subject: null,
        context: { hour: index % 24 },
        candidates,
        excluded: new Set<string>(),
        size: 1,
        subjectState: null,
      };
      return { request, item: index % 3 === 0 ? 'a' : 'b', probability: 0.5, reward, weight: 1 };
    }
  },
);

async function newestSignals(
  heed: {
    decisions: {
      get(id: string): Promise<{ signals: readonly { version: number; status: string; value: unknown }[] }>;
    };
  },
  indices: readonly number[],
): Promise<Map<string, { status: string; reward: number | null }>> {
  const found = new Map<string, { status: string; reward: number | null }>();
  for (let from = 0; from < indices.length; from += 200) {
    await Promise.all(
      indices.slice(from, from + 200).map(async (index) => {
        const { signals } = await heed.decisions.get(idOf(index));
        const newest = signals.toSorted((a, b) => b.version - a.version)[0];
        if (newest === undefined) return;
        const value = newest.value as { rewards?: { reward?: number } } | null;
        found.set(idOf(index), { status: newest.status, reward: value?.rewards?.reward ?? null });
      }),
    );
  }
  return found;
}
