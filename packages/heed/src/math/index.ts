export { euclideanNorm, logSumExp, sigmoid } from './log-domain.ts';
export { combineHashes, hashName, murmur3, murmur3Block, murmur3End } from './hash.ts';
export { createRandom, drawIndex } from './random.ts';
export type { Random } from './random.ts';
export { gumbelTopK, plackettLuceNext, uniformNext } from './ranking.ts';
export { greedyNext, squareCbGamma, squareCbNext, uniformShare } from './exploration.ts';
export { calibrate } from './calibration.ts';
export type { Calibration } from './calibration.ts';
export { packTable, unpackTable } from './sparse-table.ts';
export type { SparseTable } from './sparse-table.ts';
export { constantName, createFeatureEncoder } from './features.ts';
export type {
  FeatureDefinition,
  FeatureEncoder,
  FeatureRows,
  FeaturedItem,
  NamedFeatures,
  Situation,
} from './features.ts';
export { createHashedLinear, linearSums, linkReward } from './hashed-linear.ts';
export type { HashedLinear, HashedLinearDefinition, RewardLink } from './hashed-linear.ts';
export { deviationSum, emptyDeviation, fromTable, observe, shrinkage, toTable } from './deviation.ts';
export type { Deviation, Observation } from './deviation.ts';
