import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumFlags } from '../../../../tools/testing/chromium.ts';
import { findChromium, needs, skipsWithout } from '../../../../tools/testing/needs.ts';
import { study } from './testing/study.ts';
import type { Ablation, StudyResult } from './testing/study.ts';

const program = findChromium();

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
/** Two-sided 95 % point of Student's t with 9 degrees of freedom. */
const studentPoint = 2.262;
/** How much closer to the top a topic must come: in the mean over the seeds, and at its lower 95 % limit. */
const bars = { mean: 2, lower: 1.5 };

function summarise(ratios: readonly number[]): {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
} {
  const { length } = ratios;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / length;
  const deviation = Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (length - 1));
  const half = (studentPoint * deviation) / Math.sqrt(length);
  return { mean, lower: mean - half, upper: mean + half };
}

const own = ({ before, after }: StudyResult): number => after / before;
const others = ({ otherBefore, otherAfter }: StudyResult): number => otherAfter / otherBefore;
const fresh = ({ newForReader, newForStranger }: StudyResult): number => newForReader / newForStranger;

describe.skipIf(skipsWithout(program, needs.chromium))('the order follows what its reader says', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? '', args: [...chromiumFlags] });
  });
  afterAll(() => browser.close());

  async function studies(ablation: Ablation = 'none'): Promise<StudyResult[]> {
    const results: StudyResult[] = [];
    for (const seed of seeds) results.push(await study({ seed, browser, ablation }));
    return results;
  }

  test(
    'after 50 reactions a topic stands at least twice as close to the top, for this reader alone, new papers included',
    { timeout: 600_000 },
    async () => {
      const results = await studies();
      const summary = {
        own: summarise(results.map(own)),
        others: summarise(results.map(others)),
        fresh: summarise(results.map(fresh)),
      };
      console.log(
        JSON.stringify(summary, (_key, value: unknown) =>
          typeof value === 'number' ? Number(value.toFixed(3)) : value,
        ),
      );
      expect(results.every(({ reactions }) => reactions === 50)).toBe(true);
      expect(results.every(({ papers }) => papers >= 3 && papers <= 6)).toBe(true);
      expect(summary.own.mean).toBeGreaterThanOrEqual(bars.mean);
      expect(summary.own.lower).toBeGreaterThanOrEqual(bars.lower);
      expect(summary.others.mean).toBeGreaterThan(0.9);
      expect(summary.others.mean).toBeLessThan(1.1);
      expect(summary.fresh.mean).toBeGreaterThanOrEqual(1.5);
    },
  );

  test.each(['learning off', 'random papers', 'no subject crosses'] as const)(
    'and it does not with %s',
    { timeout: 600_000 },
    async (ablation) => {
      const { mean, lower } = summarise((await studies(ablation)).map(own));
      console.log(`${ablation}: mean ${mean.toFixed(3)}, lower limit ${lower.toFixed(3)}`);
      expect(mean >= bars.mean && lower >= bars.lower).toBe(false);
    },
  );
});
