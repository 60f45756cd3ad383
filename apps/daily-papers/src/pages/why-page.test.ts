import { expect, it } from 'vitest';
import { termName, termsTable, whyBox } from './why-page.ts';

const why = {
  paper: 'p',
  score: 0.375,
  terms: [
    { name: 'subject: text.words=<b>', value: 0.5 },
    { name: 'meta.logComments', value: -0.25 },
  ],
  rest: 0.125,
  probability: 0.0312,
};

function textOf(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

it('shows the terms, the rest, and the sum that they make', () => {
  expect(textOf(termsTable(why).text)).toBe(
    'What the score of this paper is made of what you say of “&lt;b&gt;” +0.500 its comments −0.250 everything else +0.125 score +0.375',
  );
});

it('draws bars to scale from the middle, to the left for what speaks against', () => {
  expect(
    [...termsTable(why).text.matchAll(/class="(for|against)" x="([\d.]+)" y="1" width="([\d.]+)"/g)].map((match) =>
      match.slice(1),
    ),
  ).toEqual([
    ['for', '50.00', '50.00'],
    ['against', '25.00', '25.00'],
    ['for', '50.00', '12.50'],
  ]);
});

it('says in words what each kind of term is', () => {
  expect(
    ['subject: text.words=bandit', 'text.words=bandit', 'constant', 'meta.organisation', 'something.else'].map(
      termName,
    ),
  ).toEqual([
    'what you say of “bandit”',
    '“bandit”, for everyone',
    'where every paper starts',
    'that an organisation stands behind it',
    'something.else',
  ]);
});

it('names the chance and the artifact, or says that nothing learned was in use', () => {
  const decidedAt = '2026-01-06T14:05:09.000Z';
  expect(textOf(whyBox({ by: 'policy', artifact: '0198-abcdef12', decidedAt, why }).text)).toContain(
    'Chance to come first on your list: 3.1 % . Decided Jan 6, 2026, 14:05:09 UTC by policy abcdef12 .',
  );
  expect(textOf(whyBox({ by: 'rule', artifact: null, decidedAt, why: null }).text)).toContain(
    'You asked for a fixed order',
  );
  expect(textOf(whyBox({ by: 'fallback', artifact: null, decidedAt, why: null }).text)).toContain('not in use');
});
