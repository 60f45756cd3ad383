import { expect, it } from 'vitest';
import { paperFeatures, singular, words, wordWeights } from './features.ts';
import type { Paper } from './paper.ts';

const paper: Paper = {
  id: 'p',
  title: 'Bandits with Switching Costs',
  summary: 'A bandit pays for switching.',
  abstract: null,
  authors: 3,
  organisation: null,
  publishedOn: '2026-01-05',
  featuredOn: '2026-01-06',
  comments: 1,
  upvotes: 0,
};

it('takes plural endings off, and nothing else', () => {
  const pairs = {
    bandits: 'bandit',
    policies: 'policy',
    losses: 'loss',
    loss: 'loss',
    features: 'feature',
    corpus: 'corpus',
    goes: 'goes',
    gas: 'gas',
    learning: 'learning',
  };
  expect(Object.keys(pairs).map(singular)).toEqual(Object.values(pairs));
});

it('finds the words of a text', () => {
  expect(words("We propose Nash-MD: the agent's 12 policies, in R^2 & D4RL")).toEqual([
    'nash',
    'md',
    'agent',
    'policy',
    'd4rl',
  ]);
  expect(words('Łukasiewicz gates 三値')).toEqual(['łukasiewicz', 'gate', '三値']);
  expect(words('')).toEqual([]);
});

it('weighs a word by 1 + ln(count)', () => {
  expect(wordWeights('bandit bandits arm')).toEqual({ bandit: 1 + Math.log(2), arm: 1 });
  expect(wordWeights('constructor __proto__ toString')).toEqual({ constructor: 1, proto: 1, tostring: 1 });
});

it('describes a paper by its words and by numbers of similar size', () => {
  const { words: weights, ...numbers } = paperFeatures(paper, Date.UTC(2026, 0, 6));
  expect(weights).toEqual({ bandit: 1 + Math.log(2), switching: 1 + Math.log(2), cost: 1, pay: 1 });
  expect(numbers).toEqual({
    logAgeDays: Math.log(2),
    logUpvotes: 0,
    logComments: Math.log(2),
    logAuthors: Math.log(4),
    organisation: 0,
  });
});

it('reads the abstract in place of the summary, once it is there', () => {
  const features = paperFeatures(
    { ...paper, abstract: 'Robots.', authors: null, organisation: 'Acme' },
    Date.UTC(2026, 0, 6),
  );
  expect(features.words).toHaveProperty('robot', 1);
  expect(features.words).not.toHaveProperty('pay');
  expect(features).toMatchObject({ logAuthors: 0, organisation: 1 });
});
