export { bernoulli, type Bernoulli } from './bernoulli.ts';
export { betaDistribution, type Beta } from './beta.ts';
export { categorical, type Categorical } from './categorical.ts';
export type { ClosedDistribution, Distribution } from './distribution.ts';
export { diagonalGaussian, tanhGaussian, type DiagonalGaussian, type TanhGaussian } from './gaussian.ts';
export { digamma, logBeta, logGamma } from './special.ts';
