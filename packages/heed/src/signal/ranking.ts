import { statementDerivation } from './statement.ts';

/** Rankings of three targets or more, ties included; two make a pair. */
export const rankingDerivation = statementDerivation(['ranking'], ({ targets, feedback: { value } }) => {
  if (value.type !== 'ranking' || targets.length < 3 || value.ranks.length !== targets.length) return null;
  return { kind: 'ranking', targets: [...targets], ranks: value.ranks };
});
