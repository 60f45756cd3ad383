import { paper10 } from './10-adyen-contextual-bandits/run.ts';
import { paper22 } from './22-dynamical-linear-bandits/run.ts';
import { paper24 } from './24-last-switch-dependent-bandits/run.ts';
import { paper26 } from './26-switching-costs-feedback/run.ts';
import type { Paper } from './frame/paper.ts';

/** Every paper that can be run, in the order of their numbers. */
export const papers: readonly Paper[] = [paper10, paper22, paper24, paper26];

/**
 * Finds a paper by its number.
 * @throws RangeError where there is none.
 */
export function findPaper(number: string): Paper {
  const paper = papers.find((each) => each.number === number.padStart(2, '0'));
  if (paper === undefined)
    throw new RangeError(
      `cannot find the paper, as its number must be one of ${papers.map((each) => each.number).join(', ')}: it is ${number}`,
    );
  return paper;
}
