import type { PolicyDecision, PolicyRequest } from '../../spec/index.ts';

/** How far above 1 rounding may leave a sum of probabilities. */
const rounding = 1e-6;

/** What is wrong with a decision of a policy, so that it must not be acted on; `null` where nothing is. */
export function faultOfDecision(request: PolicyRequest, { action, behaviour, scores }: PolicyDecision): string | null {
  const allowed = new Set(request.candidates.map(({ item }) => item).filter((item) => !request.excluded.has(item)));
  const chosen = action.type === 'choice' ? [action.item] : action.type === 'slate' ? action.items : [];
  const foreign = chosen.find((item) => !allowed.has(item));
  if (foreign !== undefined) return `it chose ${foreign}, which is not among the allowed candidates`;
  if (chosen.length === 0) return 'it chose nothing';
  if (new Set(chosen).size < chosen.length) return 'it chose an item twice';
  const { logProbability } = behaviour;
  if (logProbability !== null && !(logProbability <= rounding && logProbability > -Infinity))
    return `it says that its choice has the log-probability ${logProbability}`;
  const nameless = request.candidates.find(({ item }, place) => allowed.has(item) && Number.isNaN(scores[place]));
  return nameless === undefined ? null : `its score of ${nameless.item} is NaN`;
}

/** What is wrong with a policy's distribution over the candidates; `null` where nothing is. */
export function faultOfDistribution(request: PolicyRequest, distribution: Float64Array): string | null {
  if (distribution.length !== request.candidates.length)
    return `its distribution has ${distribution.length} entries for ${request.candidates.length} candidates`;
  let sum = 0;
  for (const [place, { item }] of request.candidates.entries()) {
    const probability = distribution[place] ?? NaN;
    if (!(probability >= 0 && probability <= 1 + rounding)) return `its probability of ${item} is ${probability}`;
    if (probability > 0 && request.excluded.has(item)) return `it may choose ${item}, which is excluded`;
    sum += probability;
  }
  return Math.abs(sum - 1) <= rounding ? null : `its probabilities sum to ${sum}`;
}
