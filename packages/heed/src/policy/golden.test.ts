import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Action, ArtifactContent, JsonObject, PolicyRequest } from '../spec/index.ts';
import {
  armsFormat,
  autoregressiveFormat,
  batchEnsembleFormat,
  batchErmFormat,
  contextualBanditFormat,
  dynamicalLinearFormat,
  ensembleFormat,
  lastSwitchFormat,
  linearPosteriorFormat,
  switchingCostsFormat,
} from './index.ts';

interface GoldenCase {
  readonly name: string;
  readonly content: Omit<ArtifactContent, 'files'> & {
    readonly files: readonly { readonly name: string; readonly base64: string }[];
  };
  readonly request: Omit<PolicyRequest, 'excluded' | 'subjectState' | 'context'> & {
    readonly context: JsonObject;
    readonly excluded: string[];
    readonly subjectState: string | null;
  };
  readonly seed: string;
  readonly expected: {
    readonly scores: (number | null)[];
    readonly distribution: number[];
    readonly action: Action;
    readonly logProbability: number;
    readonly terms: { readonly name: string; readonly value: number }[];
  };
}

const formats = [
  contextualBanditFormat,
  linearPosteriorFormat,
  ensembleFormat,
  batchEnsembleFormat,
  batchErmFormat,
  armsFormat,
  dynamicalLinearFormat,
  switchingCostsFormat,
  lastSwitchFormat,
  autoregressiveFormat,
];
const cases = formats.flatMap((format) =>
  format.formatVersions.flatMap((version) =>
    (
      JSON.parse(
        readFileSync(new URL(`golden/${format.format}-${version}.json`, import.meta.url), 'utf8'),
      ) as GoldenCase[]
    ).map((each) => ({ ...each, format })),
  ),
);

test('the golden cases are there', () => {
  expect(cases.map(({ name, format }) => `${format.format}: ${name}`)).toEqual([
    'contextual-bandit: choice by SquareCB',
    'contextual-bandit: slate by Plackett–Luce, logistic, for a subject',
    'contextual-bandit: choice by ε-greedy, with a least probability',
    'linear-posterior: LinUCB, disjoint',
    'linear-posterior: LinUCB, shared, a slate',
    'linear-posterior: Thompson, disjoint',
    'linear-posterior: Thompson, shared',
    'ensemble: bagging',
    'ensemble: online cover, a slate',
    'ensemble: RegCB, optimistic',
    'ensemble: RegCB, elimination, logistic',
    'batch-ensemble: bagging of trees',
    'batch-ensemble: bagging of networks',
    'batch-ensemble: online cover of trees, a slate',
    'batch-ensemble: RegCB over trees',
    'batch-ensemble: RegCB over trees, elimination',
    'batch-ensemble: RegCB over networks',
    'batch-erm: logistic',
    'batch-erm: logistic per item, a slate',
    'batch-erm: trees',
    'batch-erm: network',
    'arms: UCB1',
    'arms: KL-UCB',
    'arms: Thompson, beta',
    'arms: Thompson, Gaussian, a slate',
    'arms: EXP3',
    'dynamical-linear: DynLin-UCB, nothing held',
    'dynamical-linear: DynLin-UCB, held',
    'dynamical-linear: D-Lin-UCB',
    'switching-costs: full, held',
    'switching-costs: bandit, held one not there',
    'switching-costs: nothing met',
    'last-switch: a schedule',
    'last-switch: samples that are lacking, an item never met',
    'last-switch: something must be chosen',
    'autoregressive: the best',
    'autoregressive: who has waited longest',
    'autoregressive: an item never met',
  ]);
});

// Artifacts of format version 1 answer the same for ever: where this fails, today's code is wrong, not the file.
test.each(cases)(
  'format version 1 answers as it always did: $format.format, $name',
  ({ format, content, request: { excluded, subjectState, ...rest }, seed, expected }) => {
    const files = content.files.map(({ name, base64 }) => ({
      name,
      bytes: new Uint8Array(Buffer.from(base64, 'base64')),
    }));
    const policy = format.read('golden', { ...content, files });
    const request: PolicyRequest = {
      ...rest,
      excluded: new Set(excluded),
      subjectState: subjectState === null ? null : new Uint8Array(Buffer.from(subjectState, 'base64')),
    };

    const { action, behaviour, scores } = policy.decide(request, seed);
    expect(action).toEqual(expected.action);
    expect(behaviour.logProbability).toBeCloseTo(expected.logProbability, 11);
    expect(scores).toHaveLength(expected.scores.length);
    // JSON has no NaN: the score of an excluded candidate is written as null.
    const isExcluded = (index: number): boolean => expected.scores[index] === null;
    expect([...scores.keys()].filter((index) => Number.isNaN(scores[index]))).toEqual(
      [...expected.scores.keys()].filter(isExcluded),
    );
    expected.scores.forEach((score, index) => expect(scores[index] || 0).toBeCloseTo(score ?? 0, 12));
    const distribution = policy.distribution(request);
    expect(distribution).toHaveLength(expected.distribution.length);
    expected.distribution.forEach((probability, index) => expect(distribution[index]).toBeCloseTo(probability, 12));
    const { terms } = policy.explain(request, request.candidates[0]?.item ?? '', 4);
    expect(terms.map(({ name }) => name)).toEqual(expected.terms.map(({ name }) => name));
    terms.forEach(({ value }, index) => expect(value).toBeCloseTo(expected.terms[index]?.value ?? NaN, 12));
  },
);
