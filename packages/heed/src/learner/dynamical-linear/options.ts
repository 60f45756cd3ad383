import { z } from 'zod';
import { parseOptions } from '../parse-options.ts';
import type { DiscountedOptions } from './discounted.ts';
import type { DynamicalOptions } from './ucb.ts';

/** What the learners of worths that last do where their options say nothing. */
export const dynamicalLinearDefaults = {
  'dyn-lin-ucb': {
    bounds: { overshoot: 1, direct: 1, readout: 1, input: 1, action: 1, noise: 0.1 },
    horizon: 10_000,
    widthScale: 1,
    learnFrom: 'last',
  },
  'd-lin-ucb': { discount: 0.999, coefficients: 1, action: 1, noise: 0.1, horizon: 10_000, widthScale: 1 },
} as const;

const dynamical = dynamicalLinearDefaults['dyn-lin-ucb'];
const discounted = dynamicalLinearDefaults['d-lin-ucb'];
const bound = z.number().nonnegative();
const common = {
  fields: z.array(z.string().min(1)).min(1),
  horizon: z.number().int().min(2).default(dynamical.horizon),
  ridge: z.number().positive().nullable().default(null),
  widthScale: z.number().nonnegative().default(dynamical.widthScale),
};

export const dynamicalLinearSchemas = {
  'dyn-lin-ucb': z.strictObject({
    ...common,
    bounds: z.strictObject({
      spectralRadius: z.number().min(0).lt(1),
      overshoot: z.number().min(1).default(dynamical.bounds.overshoot),
      direct: bound.default(dynamical.bounds.direct),
      readout: bound.default(dynamical.bounds.readout),
      input: bound.default(dynamical.bounds.input),
      action: bound.default(dynamical.bounds.action),
      state: bound.nullable().default(null),
      noise: bound.default(dynamical.bounds.noise),
    }),
    withoutTransient: z.boolean().default(false),
    learnFrom: z.enum(['last', 'every']).default(dynamical.learnFrom),
    roundSeconds: z.number().positive().nullable().default(null),
  }),
  'd-lin-ucb': z.strictObject({
    ...common,
    discount: z.number().positive().max(1).default(discounted.discount),
    coefficients: bound.default(discounted.coefficients),
    action: bound.default(discounted.action),
    noise: bound.default(discounted.noise),
  }),
};

export type DynLinUcbInput = z.input<(typeof dynamicalLinearSchemas)['dyn-lin-ucb']>;
export type DLinUcbInput = z.input<(typeof dynamicalLinearSchemas)['d-lin-ucb']>;

/**
 * Learns what a vector of numbers is worth in the long run where its effect builds up and fades: DynLin-UCB. It holds a
 * choice for `1 + ⌊log m / log(1/ρ)⌋` rounds, a round being a decision, and learns from the last of them.
 *
 * @param options.fields of a candidate, whose numbers make its vector.
 * @param options.bounds what is known beforehand: `spectralRadius` ρ in [0, 1), the share of an effect that is left a
 * round later (0 holds nothing: Lin-UCB); `overshoot` Φ (1), `direct` Θ (1), `readout` Ω (1), `input` B (1), `action` U (1),
 * `state` X (U/(1 − ρ)), `noise` σ (0.1).
 * @param options.horizon T, rounds. Default 10,000.
 * @param options.ridge λ. Default log T.
 * @param options.widthScale multiplies the paper's confidence width, which is wide. Default 1.
 * @param options.withoutTransient leaves the price of transients out of the width. Default false.
 * @param options.learnFrom `last` round of each block; `every` round learns sooner, of effects that have not yet settled.
 * Default last.
 * @param options.roundSeconds how long a round lasts: decisions then tell until when their action is held. Default unknown.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @example
 * const learner = dynLinUcb({ fields: ['news', 'offers'], bounds: { spectralRadius: 0.5 } });
 * @source Mussi, Metelli, Restelli 2023, Dynamical linear bandits, algorithm 1.
 */
export function dynLinUcb(options: DynLinUcbInput) {
  return {
    name: 'dyn-lin-ucb' as const,
    options: parseOptions('dyn-lin-ucb', dynamicalLinearSchemas['dyn-lin-ucb'], options),
  };
}

/**
 * Learns what a vector of numbers is worth now, and forgets: D-Lin-UCB. Effects that last are not accounted for.
 *
 * @param options.fields of a candidate, whose numbers make its vector.
 * @param options.discount γ in (0, 1]: the weight of a reward one round older. Default 0.999.
 * @param options.coefficients S, a bound of the coefficients' norm. Default 1.
 * @param options.action L, a bound of the vectors' norm. Default 1.
 * @param options.noise σ. Default 0.1.
 * @param options.horizon T. Default 10,000.
 * @param options.ridge λ. Default log T.
 * @param options.widthScale multiplies the confidence width. Default 1.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @source Russac, Vernade, Cappé 2019, Weighted linear bandits for non-stationary environments, algorithm 1.
 */
export function dLinUcb(options: DLinUcbInput) {
  return {
    name: 'd-lin-ucb' as const,
    options: parseOptions('d-lin-ucb', dynamicalLinearSchemas['d-lin-ucb'], options),
  };
}

/** The options of DynLin-UCB as its formulas take them. */
export function toDynamicalOptions(options: z.infer<(typeof dynamicalLinearSchemas)['dyn-lin-ucb']>): DynamicalOptions {
  const { bounds, horizon, ridge, withoutTransient } = options;
  const state = bounds.state ?? bounds.action / (1 - bounds.spectralRadius);
  return { bounds: { ...bounds, state }, horizon, ridge: ridge ?? Math.log(horizon), withoutTransient };
}

/** The options of D-Lin-UCB as its formulas take them. */
export function toDiscountedOptions(options: z.infer<(typeof dynamicalLinearSchemas)['d-lin-ucb']>): DiscountedOptions {
  const { discount, coefficients, action, noise, horizon, ridge } = options;
  return { discount, coefficients, action, noise, horizon, ridge: ridge ?? Math.log(horizon) };
}
