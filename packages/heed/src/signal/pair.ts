import type { FeedbackValue } from '../spec/index.ts';
import { statementDerivation } from './statement.ts';

/**
 * Pairs: a preference between two targets, or a ranking of two.
 * `probability` p is that of the first target: where p < ½ the second one is the chosen, with 1 − p; a tie is ½.
 */
export const pairDerivation = statementDerivation(['preference', 'ranking'], ({ targets, feedback: { value } }) => {
  const [first, second] = targets;
  const probability = firstIsPreferred(value);
  if (first === undefined || second === undefined || targets.length !== 2 || probability === null) return null;
  if (probability >= 0.5) return { kind: 'pair', chosen: first, rejected: second, probability };
  return { kind: 'pair', chosen: second, rejected: first, probability: 1 - probability };
});

function firstIsPreferred(value: FeedbackValue): number | null {
  if (value.type === 'probability') return value.probability;
  if (value.type === 'number') return value.number >= 0 && value.number <= 1 ? value.number : null;
  const [first, second] = value.type === 'ranking' ? value.ranks : [];
  if (first === undefined || second === undefined) return null;
  return first === second ? 0.5 : Number(first < second);
}
