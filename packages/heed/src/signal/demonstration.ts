import type { FeedbackTarget } from '../spec/index.ts';
import { statementDerivation } from './statement.ts';

/** Demonstrations: what should have been done instead, as a correction or a demonstration says it. */
export const demonstrationDerivation = statementDerivation(
  ['correction', 'demonstration'],
  ({ targets, feedback: { value } }) => {
    const target = ((): FeedbackTarget | null => {
      if (value.type === 'content') return { type: 'content', parts: value.parts };
      if (value.type === 'text') return { type: 'content', parts: [{ type: 'text', text: value.text }] };
      // The better action may stand among the targets, as one that was not taken.
      return targets.find(({ type }) => type === 'alternative') ?? null;
    })();
    return target === null ? null : { kind: 'demonstration', target };
  },
);
