import { z } from 'zod';
import { createRandom, drawIndex } from '../math/index.ts';
import type { Random } from '../math/index.ts';
import type { ArtifactContent, JsonObject, Learner, Policy, PolicyFormat } from '../spec/index.ts';
import { defineHeed } from './define.ts';
import type { Heed } from './heed.ts';
import type { tickingClock } from './testing.ts';

/** What the next training makes: a policy that shows the good page in this share, or that cannot decide. */
export interface Script {
  good: number;
  fault: 'none' | 'throws' | 'NaN';
}

/** Readers who say that they like a page, or complain of it, or nothing. */
export const pageLoop = {
  context: z.object({}),
  candidate: z.object({}),
  action: { type: 'choice' },
  feedback: { thumb: { kind: 'reaction', reward: 1 }, complaint: { kind: 'reaction' } },
  reward: { range: [0, 1], final: 'feedback', missing: { default: 0 } },
} as const;

/** A gated loop whose outcomes are known after so many seconds. */
export const releaseConfigOf = (attributionWindowSeconds: number) =>
  defineHeed({
    loops: {
      page: {
        ...pageLoop,
        attributionWindowSeconds,
        learner: { name: 'scripted', options: {} },
        release: {
          promote: 'gated',
          everySignals: 1_000_000,
          gates: {
            apprentice: { decisions: 40 },
            shadow: { decisions: 40 },
            canary: { share: 0.5, leastSubjects: 100 },
            tolerance: 0.05,
            guardrails: [{ feedback: 'complaint', tolerance: 0.1 }],
          },
        },
      },
    },
  });
export const releaseConfig = releaseConfigOf(60);
export type ReleaseHeed = Heed<typeof releaseConfig>;

const format = 'scripted';

function toArtifact(state: unknown): ArtifactContent {
  return { format, formatVersion: 1, configuration: state as JsonObject, files: [], metrics: {} };
}

/** A learner that learns nothing: each training makes the policy that its script names. */
export function scriptedLearner(script: Script): Learner<unknown> {
  return {
    name: 'scripted',
    needs: () => ({ signal: 'reward', propensity: false, rewardRange: false }),
    init: () => ({ good: 0.5, fault: 'none' }),
    update: () => ({ ...script }),
    toArtifact,
    fromArtifact: (_configuration, content) => content.configuration,
    subjects: null,
  };
}

export const scriptedFormat: PolicyFormat = {
  format,
  formatVersions: [1],
  read(artifact, { configuration }): Policy {
    const good = Number(configuration['good']);
    const shares = Float64Array.of(good, 1 - good);
    return {
      artifact,
      distribution: () => shares,
      logProbability: (_request, action) =>
        Math.log(action.type === 'choice' ? (shares[action.item === 'good' ? 0 : 1] ?? 0) : 0),
      decide(request, seed) {
        // A fault that no look at a few logged decisions finds: it comes with some subjects only.
        const broken = request.subject?.startsWith('odd') === true ? configuration['fault'] : 'none';
        if (broken === 'throws') throw new TypeError('a weight is missing');
        const place = drawIndex(shares, createRandom(seed).uniform());
        return {
          action: { type: 'choice', item: request.candidates[place]?.item ?? '' },
          behaviour: { kind: 'exact', logProbability: broken === 'NaN' ? NaN : Math.log(shares[place] ?? 0), seed },
          scores: Float64Array.from(shares),
        };
      },
      explain: (_request, item) => ({ item, score: 0, terms: [], rest: 0, probability: 0 }),
    };
  },
};

export const pages = [{ item: 'good' }, { item: 'bad' }] as const;

/** Lets `count` new subjects look at a page each: eight in ten like the good one, three in ten the bad one. */
export async function bring(
  heed: ReleaseHeed,
  clock: ReturnType<typeof tickingClock>,
  { from, count, complains = () => false }: { from: number; count: number; complains?: (artifact: string) => boolean },
): Promise<void> {
  const random = createRandom(`readers from ${from}`);
  // What is decided from a release on is told by ids, which begin with the time.
  clock.advance(1_000);
  for (let at = from; at < from + count; at += 250) {
    const subjects = Array.from({ length: Math.min(250, from + count - at) }, (_, place) => `reader ${at + place}`);
    await showPages(heed, subjects, random, complains);
    clock.advance(1_000);
  }
  clock.advance(60_000);
  await heed.derive();
}

/** Each subject looks at the page that it is shown, and says so where it likes it. */
export async function showPages(
  heed: Pick<ReleaseHeed, 'decideBatch' | 'feedback'>,
  subjects: readonly string[],
  { uniform }: Pick<Random, 'uniform'>,
  complains: (artifact: string) => boolean = () => false,
): Promise<void> {
  const candidates = pages.map(({ item }) => ({ item, features: {} }));
  const made = await heed.decideBatch(
    'page',
    subjects.map((subject) => ({ context: {}, candidates, subject })),
  );
  await heed.feedback(
    made.flatMap(({ decision, chosen, artifact }) => [
      ...(uniform() < (chosen[0] === 'good' ? 0.8 : 0.3) ? [{ loop: 'page', decision, name: 'thumb' } as const] : []),
      ...(complains(artifact ?? '') && uniform() < 0.5 ? [{ loop: 'page', decision, name: 'complaint' } as const] : []),
    ]),
  );
}
