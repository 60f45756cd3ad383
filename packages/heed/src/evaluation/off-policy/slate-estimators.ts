import type { SlateEstimator, SlateEstimatorName } from './estimators.ts';

type Column = Float64Array | null;

/** `a = Σ_k (target_k / logged_k) r_k`, with probabilities by place. */
function weightPlaces(logged: 'loggedPlace' | 'loggedPrefix' | 'loggedExposure'): SlateEstimator['terms'] {
  const target = logged.replace('logged', 'target') as 'targetPlace' | 'targetPrefix' | 'targetExposure';
  return (slates, _parameter, { a }) => {
    const [denominators, numerators]: readonly Column[] = [slates[logged], slates[target]];
    if (!denominators || !numerators) return;
    for (let slate = 0; slate < slates.count; slate += 1) {
      let sum = 0;
      for (let at = slate * slates.size; at < (slate + 1) * slates.size; at += 1)
        sum += ((numerators[at] ?? 0) / (denominators[at] ?? 1)) * (slates.reward[at] ?? 0);
      a[slate] = sum;
    }
  };
}

/** Estimators of the value of a slate, the sum of the rewards of its places. */
export const slateEstimators = {
  slateStandard: {
    input: 'slates',
    summary: 'Standard slate weights: one weight, of the whole slate',
    form: 'mean',
    needs: [],
    bias: 'weights',
    reference: null,
    parameters: null,
    terms({ count, size, reward, loggedJoint, targetJoint }, _parameter, { a }) {
      for (let slate = 0; slate < count; slate += 1) {
        let sum = 0;
        for (let at = slate * size; at < (slate + 1) * size; at += 1) sum += reward[at] ?? 0;
        a[slate] = sum * ((targetJoint[slate] ?? 0) / (loggedJoint[slate] ?? 1));
      }
    },
  },
  slateIndependent: {
    input: 'slates',
    summary: 'Independent: each place has a weight of its own; right where a place’s reward depends on its item alone',
    form: 'mean',
    needs: ['places'],
    bias: 'model',
    reference: 'slateInteraction',
    parameters: null,
    terms: weightPlaces('loggedPlace'),
  },
  slateInteraction: {
    input: 'slates',
    summary:
      'Reward interaction (RIPS): each place has the weight of the places up to it; right where people look downwards',
    form: 'mean',
    needs: ['prefixes'],
    bias: 'downwards',
    reference: null,
    parameters: null,
    terms: weightPlaces('loggedPrefix'),
  },
  slateCascadeDr: {
    input: 'slates',
    summary: 'Cascade doubly robust: the weights of RIPS about a model of the reward still to come',
    form: 'mean',
    needs: ['prefixes', 'model'],
    bias: 'downwards',
    reference: null,
    parameters: null,
    terms(slates, _parameter, { a }) {
      const { count, size, reward, loggedPrefix, targetPrefix, predictedTaken, predictedTarget } = slates;
      if (loggedPrefix === null || targetPrefix === null || predictedTaken === null || predictedTarget === null) return;
      for (let slate = 0; slate < count; slate += 1) {
        let sum = 0;
        let before = 1;
        for (let at = slate * size; at < (slate + 1) * size; at += 1) {
          const own = (targetPrefix[at] ?? 0) / (loggedPrefix[at] ?? 1);
          sum += own * ((reward[at] ?? 0) - (predictedTaken[at] ?? 0)) + before * (predictedTarget[at] ?? 0);
          before = own;
        }
        a[slate] = sum;
      }
    },
  },
  slatePosition: {
    input: 'slates',
    summary: 'Position-based: each item has the ratio of the attention that the two policies give it',
    form: 'mean',
    needs: ['exposures'],
    bias: 'model',
    reference: 'slateInteraction',
    parameters: null,
    terms: weightPlaces('loggedExposure'),
  },
} as const satisfies Record<SlateEstimatorName, SlateEstimator>;
