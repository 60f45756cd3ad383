import { createRandom } from '../math/index.ts';
import type { Random } from '../math/index.ts';
import { defineHeed } from './define.ts';
import type { WebhookDefinition } from './webhooks.ts';
import { pageLoop, pages, scriptedFormat, scriptedLearner, showPages } from './testing-release.ts';
import type { Script } from './testing-release.ts';
import { openTestHeed, tickingClock } from './testing.ts';

const configWith = (webhooks: readonly WebhookDefinition[]) =>
  defineHeed({
    webhooks,
    loops: {
      page: {
        ...pageLoop,
        attributionWindowSeconds: 60,
        learner: { name: 'scripted', options: {} },
        release: { promote: 'automatic', everySignals: 1_000_000, everySeconds: 1_000_000_000 },
      },
    },
  });

/** A loop whose next generation shows the good page in the share that it is told. */
export async function openReleases(closers: (() => Promise<void>)[], webhooks: readonly WebhookDefinition[] = []) {
  const script: Script = { good: 0.5, fault: 'none' };
  const clock = tickingClock();
  const heed = await openTestHeed(configWith(webhooks), {
    clock: clock.now,
    learners: [scriptedLearner(script)],
    formats: [scriptedFormat],
  });
  closers.push(() => heed.close());
  let subjects = 0;

  async function show(count: number, random: Random): Promise<void> {
    clock.advance(1_000);
    for (let left = count; left > 0; left -= 250) {
      const some = Array.from({ length: Math.min(250, left) }, () => `reader ${(subjects += 1)}`);
      await showPages(heed, some, random);
      clock.advance(1_000);
    }
    clock.advance(60_000);
    await heed.derive();
  }

  return {
    heed,
    clock,
    candidates: pages.map(({ item }) => ({ item, features: {} })),
    show,
    /** Trains, and shows what came of it to so many new subjects. */
    generation: async (good: number, count: number): Promise<string | null> => {
      if (subjects === 0) await show(2, createRandom('the first ones'));
      script.good = good;
      const { artifact } = await heed.train('page');
      await show(count, createRandom(`readers after ${subjects}`));
      return artifact;
    },
  };
}
