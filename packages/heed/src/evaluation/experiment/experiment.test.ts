import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../../math/index.ts';
import { assignArm, checkSampleRatio, createAnalysis, createComparison, placeOf, unitsNeeded } from './index.ts';

interface Vectors {
  readonly salt: string;
  readonly arms: readonly { readonly name: string; readonly weight: number }[];
  readonly units: readonly { readonly unit: string; readonly place: number; readonly arm: string }[];
}
const vectors = JSON.parse(
  readFileSync(new URL('assignment.vectors.json', import.meta.url), 'utf8'),
) as readonly Vectors[];

const halves = [
  { name: 'control', weight: 1 },
  { name: 'green', weight: 1 },
] as const;

test.each(vectors)('units of the salt "$salt" are where the vector file says', ({ salt, arms, units }) => {
  expect(units.length).toBeGreaterThan(0);
  for (const { unit, place, arm } of units) {
    expect(placeOf(salt, unit)).toBe(place);
    expect(assignArm(salt, unit, arms)).toBe(arm);
  }
});

test('arms get their shares, and two salts have nothing to do with one another', () => {
  const arms = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 3 },
  ];
  let [inB, both] = [0, 0];
  for (let unit = 0; unit < 40_000; unit += 1) {
    const first = assignArm('one', `unit ${unit}`, arms) === 'b';
    if (first) inB += 1;
    if (first && assignArm('two', `unit ${unit}`, arms) === 'b') both += 1;
  }
  // Four standard deviations: 4 √(n p (1 − p)).
  expect(Math.abs(inB - 30_000)).toBeLessThan(4 * Math.sqrt(40_000 * 0.75 * 0.25));
  expect(Math.abs(both - 22_500)).toBeLessThan(4 * Math.sqrt(40_000 * 0.5625 * 0.4375));
});

test('every unit has one arm, whatever the weights', () => {
  const weights = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.string(), fc.string(), weights, (salt, unit, given) => {
      const arms = given.map((weight, place) => ({ name: `arm ${place}`, weight }));
      const arm = assignArm(salt, unit, arms);
      expect(arms.map(({ name }) => name)).toContain(arm);
      expect(assignArm(salt, unit, arms)).toBe(arm);
    }),
  );
});

test('two units by hand: f = m₁ − m₀ + Z (y − m₁) / π − (1 − Z) (y − m₀) / (1 − π)', () => {
  const comparison = createComparison({ share: 0.25, range: [0, 10] });
  comparison.observe({ treated: true, outcome: 10 });
  // m₁ = m₀ = 1/2: f = 0.5 / 0.25 = 2.
  expect(comparison.result().estimate).toBeCloseTo(20, 12);
  comparison.observe({ treated: false, outcome: 2 });
  // m₁ = (1/2 + 1) / 2 = 0.75, m₀ = 1/2: f = 0.25 − (0.2 − 0.5) / 0.75 = 0.65.
  expect(comparison.result().estimate).toBeCloseTo((10 * (2 + 0.65)) / 2, 12);
  expect(comparison.result()).toMatchObject({ treated: { units: 1, mean: 10 }, control: { units: 1, mean: 2 } });
});

/** Clicks of `units` units: `share` treated, `lift` more of them click, and a covariate that says `known` of the noise. */
function compare(seed: string, { units = 4_000, share = 0.5, noise = 0.3, lift = 0, covary = false } = {}) {
  const { uniform } = createRandom(seed);
  const comparison = createComparison({ share });
  let crossedAt: number | null = null;
  for (let unit = 1; unit <= units; unit += 1) {
    const treated = uniform() < share;
    const liking = uniform();
    const outcome = 0.1 + 0.5 * liking + noise * uniform() + (treated ? lift : 0);
    comparison.observe({ treated, outcome, covariate: covary ? liking : undefined });
    const { lower, upper } = comparison.result();
    if (crossedAt === null && (lower > 0 || upper < 0)) crossedAt = unit;
  }
  return { ...comparison.result(), crossedAt };
}

test('an A/A comparison watched after every unit seldom finds what is not there', () => {
  let found = 0;
  for (let run = 0; run < 100; run += 1)
    if (compare(`A/A ${run}`, { units: 2_000, share: 0.3 }).crossedAt !== null) found += 1;
  // 5 expected at most; 11 is three standard deviations above.
  expect(found).toBeLessThanOrEqual(11);
});

test('an effect is found, on the right side; the p-value agrees with the interval', () => {
  const better = compare('better', { lift: 0.05 });
  expect(better.crossedAt).not.toBeNull();
  expect(better.lower).toBeLessThan(0.05);
  expect(better.lower).toBeGreaterThan(0);
  expect(better.upper).toBeGreaterThan(0.05);
  expect(better.pValue).toBeLessThanOrEqual(0.05);
  expect(compare('worse', { lift: -0.05 }).upper).toBeLessThan(0);
});

test('a covariate that explains most of the outcome narrows the interval and finds an effect sooner', () => {
  const [plain, adjusted] = [compare('cuped', { lift: 0.03 }), compare('cuped', { lift: 0.03, covary: true })];
  expect(adjusted.upper - adjusted.lower).toBeLessThan(0.75 * (plain.upper - plain.lower));
  expect(adjusted.crossedAt ?? Infinity).toBeLessThan(plain.crossedAt ?? Infinity);
  expect(adjusted.lower).toBeLessThan(0.03);
  expect(adjusted.upper).toBeGreaterThan(0.03);
});

test('the sample ratio of four coins by hand', () => {
  // κ = 1,000, two arms: K = (500 · 501 · 502 · 503) / (1000 · 1001 · 1002 · 1003) · 2⁴ for four heads.
  const log = [0, 1, 2, 3].reduce((sum, i) => sum + Math.log((500 + i) / (1_000 + i)) + Math.log(2), 0);
  expect(checkSampleRatio([4, 0], [1, 1]).pValue).toBeCloseTo(Math.exp(-log), 10);
  expect(checkSampleRatio([4, 0], [1, 1]).fixedPValue).toBeCloseTo(0.0455, 4);
  expect(checkSampleRatio([0, 0], [1, 1])).toEqual({ pValue: 1, fixedPValue: 1, suspicious: false });
});

test('50.5 to 49.5 of a million is found, and 50.02 to 49.98 is not', () => {
  expect(checkSampleRatio([505_000, 495_000], [1, 1]).pValue).toBeLessThan(1e-15);
  expect(checkSampleRatio([505_000, 495_000], [1, 1]).suspicious).toBe(true);
  expect(checkSampleRatio([500_200, 499_800], [1, 1]).suspicious).toBe(false);
  expect(checkSampleRatio([700_000, 200_000, 100_000], [7, 2, 1]).suspicious).toBe(false);
});

test('right shares watched after every unit are seldom called wrong', () => {
  let found = 0;
  for (let run = 0; run < 200; run += 1) {
    const { uniform } = createRandom(`ratio ${run}`);
    const counts = [0, 0];
    let least = 1;
    for (let unit = 0; unit < 2_000; unit += 1) {
      const arm = uniform() < 0.3 ? 1 : 0;
      counts[arm] = (counts[arm] ?? 0) + 1;
      least = Math.min(least, checkSampleRatio(counts, [7, 3]).pValue);
    }
    if (least <= 0.05) found += 1;
  }
  expect(found).toBeLessThanOrEqual(19);
});

test('units needed by hand: (1.96 + 0.8416)² · 0.25 · 4 / 0.1² = 785', () => {
  const { fixed, watched } = unitsNeeded({ effect: 0.1, deviation: 0.5 });
  expect(fixed).toBe(785);
  expect(watched).toBeGreaterThan(fixed);
  expect(watched).toBeLessThan(5 * fixed);
});

test('with the units that the calculator names a watched effect is found about as often as it says', () => {
  const deviation = Math.sqrt((0.25 + 0.09) / 12);
  const { watched } = unitsNeeded({ effect: 0.05, deviation, power: 0.8 });
  let found = 0;
  for (let run = 0; run < 60; run += 1)
    if (compare(`power ${run}`, { units: watched, lift: 0.05 }).crossedAt !== null) found += 1;
  // 48 expected; it may cross before the end as well, so that more are no fault. 38 is three standard deviations below.
  expect(found).toBeGreaterThanOrEqual(38);
});

test('three arms: the better one is named, a harmed guardrail stops, and a wrong ratio comes first', () => {
  const analysis = createAnalysis({
    arms: [...halves, { name: 'blue', weight: 1 }],
    metrics: [
      { name: 'bought', role: 'goal', range: [0, 1] },
      { name: 'waited', role: 'guardrail', range: [0, 20], higherIsBetter: false, tolerance: 1 },
    ],
  });
  const { uniform } = createRandom('three arms');
  for (let unit = 0; unit < 6_000; unit += 1) {
    const arm = ['control', 'green', 'blue'][Math.floor(uniform() * 3)] ?? '';
    const bought = uniform() < (arm === 'green' ? 0.5 : 0.3) ? 1 : 0;
    analysis.observe({ arm, outcomes: { bought, waited: (arm === 'blue' ? 8 : 4) + 4 * uniform() } });
  }
  const { results, stop, sampleRatio } = analysis.result();
  expect(results.map(({ arm, metric, verdict, harmed }) => [arm, metric, verdict, harmed])).toEqual([
    ['green', 'bought', 'better', false],
    ['green', 'waited', 'undecided', false],
    ['blue', 'bought', 'undecided', false],
    ['blue', 'waited', 'worse', true],
  ]);
  expect(sampleRatio.suspicious).toBe(false);
  expect(stop).toBe('blue harms waited');
  for (let unit = 0; unit < 3_000; unit += 1) analysis.observe({ arm: 'control', outcomes: {} });
  expect(analysis.result().stop).toContain('the arms have not got their shares');
});

test('a p-value is corrected for the arms that are compared', () => {
  const metrics = [{ name: 'bought', role: 'goal', range: [0, 1] }] as const;
  const analysis = createAnalysis({ arms: [...halves, { name: 'blue', weight: 1 }], metrics });
  const alone = createComparison({ share: 0.5 });
  for (let unit = 0; unit < 400; unit += 1) {
    const arm = ['control', 'green', 'blue'][unit % 3] ?? '';
    const outcome = arm === 'green' || unit % 2 === 0 ? 1 : 0;
    analysis.observe({ arm, outcomes: { bought: outcome } });
    if (arm !== 'blue') alone.observe({ treated: arm === 'green', outcome });
  }
  const [green, blue] = analysis.result().results;
  expect(alone.result().pValue).toBeLessThan(1e-3);
  expect(green?.pValue).toBeCloseTo(2 * alone.result().pValue, 15);
  expect(blue?.pValue).toBe(1);
});

test('what cannot be is refused', () => {
  expect(() => assignArm('salt', 'unit', [])).toThrow('there must be an arm');
  expect(() => assignArm('salt', 'unit', [{ name: 'a', weight: 0 }])).toThrow(
    'the weight of a must be above 0: it is 0',
  );
  expect(() => createComparison({ share: 1 })).toThrow('share must be in (0, 1): it is 1');
  expect(() => createComparison({ share: 0.5 }).observe({ treated: true, outcome: NaN })).toThrow('it is NaN');
  expect(() => createComparison({ share: 0.5 }).observe({ treated: true, outcome: 1, covariate: NaN })).toThrow(
    'its covariate must be finite',
  );
  expect(() => checkSampleRatio([1], [1])).toThrow('two or more arms');
  expect(() => checkSampleRatio([1.5, 2], [1, 1])).toThrow('counts must be natural numbers: one is 1.5');
  expect(() => checkSampleRatio([1, 2], [1, 0])).toThrow('weights must be above 0: one is 0');
  expect(() => unitsNeeded({ effect: 0, deviation: 1 })).toThrow('effect must not be 0');
  expect(() => createAnalysis({ arms: halves, metrics: [] })).toThrow('there must be a metric');
  const metrics = [{ name: 'a', role: 'goal', range: [0, 1] }] as const;
  expect(() => createAnalysis({ arms: [...halves, halves[0]], metrics })).toThrow('control is there twice');
  expect(() => createAnalysis({ arms: halves, metrics }).observe({ arm: 'red', outcomes: {} })).toThrow('it is red');
});
