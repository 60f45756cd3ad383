import { z } from 'zod';
import {
  fastCbNext,
  greedyNext,
  plackettLuceNext,
  squareCbGamma,
  squareCbNext,
  uniformNext,
  uniformShare,
} from '../math/index.ts';
import { HeedError, explorationOfChoices } from '../spec/index.ts';
import type { NamedOptions } from '../spec/index.ts';
import type { Branch } from './mixture.ts';

/** What explorations do where their options say nothing. */
export const explorationDefaults = {
  'epsilon-greedy': { epsilon: 0.05 },
  'square-cb': explorationOfChoices.options,
  'fast-cb': { gammaScale: 10, gammaExponent: 0.5, form: 'loss' },
  'boltzmann': { temperature: 0.1 },
  'plackett-luce': { temperature: 0.2, uniform: 0.02 },
} as const;

const defaults = explorationDefaults;
/** What an artifact, or a configuration written by hand, means that leaves SquareCB's scale out: artifacts act the same for ever. */
const gammaScaleLeftOut = 10;

const optionsSchemas = {
  'epsilon-greedy': z.strictObject({ epsilon: z.number().min(0).max(1).default(defaults['epsilon-greedy'].epsilon) }),
  'square-cb': z.strictObject({
    gammaScale: z.number().nonnegative().default(gammaScaleLeftOut),
    gammaExponent: z.number().min(0).max(1).default(defaults['square-cb'].gammaExponent),
  }),
  'fast-cb': z.strictObject({
    gammaScale: z.number().nonnegative().default(defaults['fast-cb'].gammaScale),
    gammaExponent: z.number().min(0).max(1).default(defaults['fast-cb'].gammaExponent),
    form: z.enum(['loss', 'reward']).default(defaults['fast-cb'].form),
  }),
  'boltzmann': z.strictObject({
    temperature: z.number().positive().default(defaults['boltzmann'].temperature),
  }),
  'plackett-luce': z.strictObject({
    temperature: z.number().positive().default(defaults['plackett-luce'].temperature),
    uniform: z.number().min(0).max(1).default(defaults['plackett-luce'].uniform),
  }),
};

type Options = { readonly [Name in keyof typeof optionsSchemas]: z.infer<(typeof optionsSchemas)[Name]> };
export type Exploration = {
  readonly [Name in keyof Options]: { readonly name: Name; readonly options: Options[Name] };
}[keyof Options];

/**
 * Explores by ε-greedy: with probability 1 − ε the best candidate (equals share), else any one.
 *
 * @param options.epsilon in [0, 1]. Default 0.05.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function epsilonGreedy(options: Partial<Options['epsilon-greedy']> = {}): {
  name: 'epsilon-greedy';
  options: Options['epsilon-greedy'];
} {
  return { name: 'epsilon-greedy', options: parse('epsilon-greedy', options) };
}

/**
 * Explores by SquareCB: `p_a = 1 / (K + γ (ŝ_max − ŝ_a))`, the rest to the best, with scores in units of the declared
 * reward range and `γ = gammaScale · n^gammaExponent` after n examples.
 *
 * @param options.gammaScale not negative. Default 300; where a configuration names `square-cb` by itself and leaves it
 * out, 10.
 * @param options.gammaExponent in [0, 1]. Default 0.5.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @source Foster, Rakhlin 2020, Beyond UCB, algorithm 1.
 */
export function squareCb(options: Partial<Options['square-cb']> = {}): {
  name: 'square-cb';
  options: Options['square-cb'];
} {
  return { name: 'square-cb', options: parse('square-cb', { ...defaults['square-cb'], ...options }) };
}

/**
 * Explores by FastCB: as SquareCB, but the less the surer the best candidate is to please. With f the scores from 0 (the
 * declared range's lower end) to 1, cut to [10⁻⁶, 1 − 10⁻⁶], y = 1 − f, b the best, and `γ = gammaScale · n^gammaExponent`
 * after n examples: `p_a = y_b / (K y_b + γ (y_a − y_b))`, the rest to b; in the form `reward`,
 * `p_a = f_b / (K f_b + γ (f_b − f_a))`. Meant for scores fitted by the logistic loss.
 *
 * @param options.gammaScale not negative. Default 10.
 * @param options.gammaExponent in [0, 1]. Default 0.5.
 * @param options.form `loss` or `reward`. Default loss.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 * @source Foster, Krishnamurthy 2021, Efficient first-order contextual bandits, algorithm 1 (loss).
 */
export function fastCb(options: Partial<Options['fast-cb']> = {}): {
  name: 'fast-cb';
  options: Options['fast-cb'];
} {
  return { name: 'fast-cb', options: parse('fast-cb', options) };
}

/**
 * Explores by Boltzmann's rule: `p_a = exp(s_a / τ) / Σ_b exp(s_b / τ)`, with scores in widths of the declared reward range.
 *
 * @param options.temperature τ, above 0. Default 0.1.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function boltzmann(options: Partial<Options['boltzmann']> = {}): {
  name: 'boltzmann';
  options: Options['boltzmann'];
} {
  return { name: 'boltzmann', options: parse('boltzmann', options) };
}

/**
 * Explores by a mixture: with probability 1 − uniform a Plackett–Luce order on score / temperature, else any order of
 * all allowed candidates.
 *
 * @param options.temperature above 0, in the rewards' units. Default 0.2.
 * @param options.uniform in [0, 1]. Default 0.02.
 * @throws HeedError `invalid-configuration` for an option that does not exist or is out of range.
 */
export function plackettLuce(options: Partial<Options['plackett-luce']> = {}): {
  name: 'plackett-luce';
  options: Options['plackett-luce'];
} {
  return { name: 'plackett-luce', options: parse('plackett-luce', options) };
}

/**
 * Reads an exploration as configured, with every default filled in.
 *
 * @throws HeedError `invalid-configuration` for an unknown name, an unknown option, or one out of range.
 */
export function readExploration({ name, options }: NamedOptions): Exploration {
  switch (name) {
    case 'epsilon-greedy':
      return { name, options: parse(name, options) };
    case 'square-cb':
      return { name, options: parse(name, options) };
    case 'fast-cb':
      return { name, options: parse(name, options) };
    case 'boltzmann':
      return { name, options: parse(name, options) };
    case 'plackett-luce':
      return { name, options: parse(name, options) };
    default:
      throw new HeedError(
        'invalid-configuration',
        `cannot explore, as exploration.name must be one of ${Object.keys(optionsSchemas).join(', ')}: it is ${name}`,
      );
  }
}

/** What a sampler is made for: the scores of the allowed candidates and what the artifact says. */
export interface SamplerSettings {
  readonly scores: Float64Array;
  readonly rewardRange: readonly [number, number];
  readonly examples: number;
  readonly leastProbability: number;
}

/**
 * Makes the branches that an exploration draws from. Each is a proper distribution; their weights sum to 1.
 * Where the loop names a least probability, the uniform branch's weight is raised to (number of candidates) × that:
 * `p ← (1 − K p_min) p + p_min`. With more than 1 / p_min candidates all draws are uniform.
 */
export function branchesOf(
  exploration: Exploration,
  { scores, rewardRange: [least, largest], examples, leastProbability }: SamplerSettings,
): Branch[] {
  const width = largest - least;
  const share = (own: number): number => uniformShare(own, leastProbability, scores.length);
  switch (exploration.name) {
    case 'epsilon-greedy':
      return withUniform(share(exploration.options.epsilon), {
        name: 'greedy',
        next: (taken) => greedyNext(scores, taken).map(Math.log),
      });
    case 'square-cb': {
      const { gammaScale, gammaExponent } = exploration.options;
      const gamma = squareCbGamma(gammaScale, gammaExponent, examples);
      const inWidths = scores.map((score) => score / width);
      return withUniform(share(0), {
        name: 'square-cb',
        next: (taken) => squareCbNext(inWidths, gamma, taken).map(Math.log),
      });
    }
    case 'fast-cb': {
      const { gammaScale, gammaExponent, form } = exploration.options;
      const gamma = squareCbGamma(gammaScale, gammaExponent, examples);
      const inWidths = scores.map((score) => (score - least) / width);
      return withUniform(share(0), {
        name: 'fast-cb',
        next: (taken) => fastCbNext(inWidths, gamma, taken, form).map(Math.log),
      });
    }
    case 'boltzmann': {
      const temperature = exploration.options.temperature * width;
      return withUniform(share(0), {
        name: 'boltzmann',
        gumbel: { scores, temperature },
        next: (taken) => plackettLuceNext(scores, temperature, taken),
      });
    }
    case 'plackett-luce': {
      const { temperature, uniform } = exploration.options;
      return withUniform(share(uniform), {
        name: 'plackett-luce',
        gumbel: { scores, temperature },
        next: (taken) => plackettLuceNext(scores, temperature, taken),
      });
    }
  }
}

/** A mixture of a branch and of the uniform one; a branch that never acts is left out. */
export function withUniform(share: number, branch: Omit<Branch, 'weight'>): Branch[] {
  const branches = [
    { ...branch, weight: 1 - share },
    { name: 'uniform', weight: share, next: uniformNext },
  ];
  return branches.filter(({ weight }) => weight > 0);
}

function parse<Name extends keyof Options>(name: Name, options: object): Options[Name] {
  const parsed = optionsSchemas[name].safeParse(options);
  if (parsed.success) return parsed.data as Options[Name];
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new HeedError(
    'invalid-configuration',
    `cannot explore by ${name}, as its options must fit: ${problems.join('; ')}`,
  );
}
