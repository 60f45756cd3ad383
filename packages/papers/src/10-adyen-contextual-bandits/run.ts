import { definePaper } from '../frame/paper.ts';
import { full, quick } from './config.ts';
import type { Settings } from './config.ts';
import { runGenerations } from './experiment.ts';
import { figuresOf } from './figures.ts';
import { judge } from './judge.ts';

export const paper10 = definePaper<Settings>({
  number: '10',
  slug: '10-adyen-contextual-bandits',
  title: 'Contextual Bandits in Payment Processing: Non-uniform Exploration and Supervised Learning at Adyen',
  source: 'Vangara, Egg 2024, arXiv 2412.00569',
  claims: [
    'Exploration by the gap of a regression oracle costs less than ε-greedy that explores as much, and far less than uniform.',
    'A policy that does well leaves few refusals in its logs, and models trained on them get worse: a longer memory mends that.',
  ],
  presets: {
    quick: { settings: quick, seeds: 20, ablationSeeds: 10 },
    full: { settings: full, seeds: 20, ablationSeeds: 10 },
  },
  ablations: [
    { name: 'random gap', what: 'SquareCB with the scores of the other interventions in any order' },
    { name: 'flipped gap', what: 'SquareCB that explores most where the score is lowest' },
    { name: 'free constant', what: 'no penalty on the constants of the oracle' },
  ],
  runSeed: runGenerations,
  judge,
  figures: figuresOf,
});
