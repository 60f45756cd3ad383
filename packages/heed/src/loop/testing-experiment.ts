import { createRandom } from '../math/index.ts';
import { defineHeed } from './define.ts';
import type { ExperimentRequest } from './experiment-request.ts';
import type { Heed } from './heed.ts';
import { openTestHeed, tickingClock } from './testing.ts';
import { pages, releaseConfig, scriptedFormat, scriptedLearner } from './testing-release.ts';
import type { Script } from './testing-release.ts';

type TickingClock = ReturnType<typeof tickingClock>;

/** A loop of pages whose policies are put into service by hand. */
export const pageConfig = defineHeed({
  loops: { page: { ...releaseConfig.loops.page, release: { promote: 'manual', everySignals: 1_000_000 } } },
});
type PageHeed = Heed<typeof pageConfig>;

/** A loop that shows the good page to half of its readers, and a policy that shows it to other shares of them. */
export async function openPage(script: Script, closers: (() => Promise<void>)[]) {
  const clock = tickingClock();
  const options = { clock: clock.now, learners: [scriptedLearner(script)], formats: [scriptedFormat] };
  const heed = await openTestHeed(pageConfig, options);
  closers.push(() => heed.close());
  await bring(heed, clock, { from: 0, count: 20 });
  const first = (await heed.loops.get('page')).serving?.artifact ?? '';
  const { artifact } = await heed.train('page');
  return { heed, clock, options, artifact: artifact ?? '', first };
}

export const candidates = pages.map(({ item }) => ({ item, features: {} }));

/** Lets readers look at a page each: eight in ten like the good one, three in ten the bad one. */
export async function bring(
  heed: PageHeed,
  clock: TickingClock,
  {
    from,
    count,
    complains = () => false,
    likes = (good: boolean) => (good ? 0.8 : 0.3),
  }: {
    from: number;
    count: number;
    complains?: (subject: string) => boolean;
    likes?: (good: boolean, subject: string) => number;
  },
) {
  const { uniform } = createRandom(`readers from ${from} at ${clock.now()}`);
  clock.advance(1_000);
  const subjects = Array.from({ length: count }, (_, place) => `reader ${from + place}`);
  const made = await heed.decideBatch(
    'page',
    subjects.map((subject) => ({ context: {}, candidates, subject })),
  );
  await heed.feedback(
    made.flatMap(({ decision, chosen }, place) => [
      ...(uniform() < likes(chosen[0] === 'good', subjects[place] ?? '')
        ? [{ loop: 'page', decision, name: 'thumb' } as const]
        : []),
      ...(complains(subjects[place] ?? '') ? [{ loop: 'page', decision, name: 'complaint' } as const] : []),
    ]),
  );
  clock.advance(61_000);
  await heed.derive();
  return made;
}

/** The serving policy beside another one, half of the subjects each. */
export function halves(artifact: string, more: Partial<ExperimentRequest> = {}): ExperimentRequest {
  return {
    loop: 'page',
    name: 'good-page',
    arms: [
      { name: 'control', policy: { type: 'serving' } },
      { name: 'new', policy: { type: 'artifact', artifact } },
    ],
    by: 'ada',
    why: 'is it better?',
    ...more,
  };
}
