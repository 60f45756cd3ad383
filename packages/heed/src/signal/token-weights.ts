import type { Decision } from '../spec/index.ts';
import { closeOf } from './derivation.ts';
import type { Derivation } from './derivation.ts';

/**
 * Token weights: per token of the action, the sum of the numbers said of the spans of tokens [from, to) that hold it.
 * Only for actions whose tokens are in the record, as a blob's length is not known here.
 */
export const tokenWeightsDerivation: Derivation = {
  targets: (decision) => (lengthOf(decision) === null ? [] : [{ type: 'decision', decision: decision.id }]),
  outcome: (evidence) => {
    const close = closeOf(evidence);
    const length = lengthOf(evidence.decision);
    if (close === null || length === null) return null;
    const said = evidence.judgements.filter(
      ({ feedback: { value }, firstObserved, targets }) =>
        value.type === 'number' && firstObserved <= close && targets.some(({ type }) => type === 'span'),
    );
    if (said.length === 0) return null;
    const weights = Array.from({ length }, () => 0);
    const standing = said.filter(({ stands }) => stands);
    for (const {
      feedback: { value },
      targets,
    } of standing) {
      for (const target of targets) {
        if (
          value.type !== 'number' ||
          target.type !== 'span' ||
          target.unit !== 'token' ||
          target.decision !== evidence.decision.id
        )
          continue;
        for (let token = target.from; token < Math.min(target.to, length); token += 1)
          weights[token] = (weights[token] ?? 0) + value.number;
      }
    }
    const availableAt = Math.max(...said.map(({ observed }) => observed));
    if (standing.length === 0) return { status: 'censored', value: null, availableAt, used: [] };
    return {
      status: 'final',
      value: { kind: 'tokenWeights', weights },
      availableAt,
      used: standing.map(({ feedback }) => feedback),
    };
  },
};

function lengthOf({ action }: Decision): number | null {
  return action.type === 'tokens' && Array.isArray(action.tokens) ? action.tokens.length : null;
}
