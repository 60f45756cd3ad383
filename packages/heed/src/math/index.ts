export { euclideanNorm, logSumExp, sigmoid, softplus } from './log-domain.ts';
export { combineHashes, hashName, murmur3, murmur3Block, murmur3End } from './hash.ts';
export { createIds, idAfter } from './identifier.ts';
export { createRandom, drawIndex } from './random.ts';
export type { Random } from './random.ts';
export { gumbelTopK, plackettLuceNext, uniformNext } from './ranking.ts';
export { coverLeast, fastCbNext, greedyNext, squareCbGamma, squareCbNext, uniformShare } from './exploration.ts';
export type { FastCbForm } from './exploration.ts';
export {
  boltzmannProbabilities,
  epsilonGreedyProbabilities,
  fastCbProbabilities,
  squareCbProbabilities,
} from './action-probabilities.ts';
export { choleskyFactor, shermanMorrison, solveCholesky, solveLower, solveUpper } from './cholesky.ts';
export { coinEntropy, expWeights, klUpperBound, ucb1Bonus } from './arm-bounds.ts';
export {
  boostedTreesDefaults,
  fitBoostedTrees,
  leavesOfRow,
  predictTrees,
  treesFromArrays,
  treesToArrays,
} from './boosted-trees.ts';
export type { BoostedTrees, BoostedTreesOptions } from './boosted-trees.ts';
export { lastInputsMlp, mlpFromArrays, mlpToArrays, predictMlp } from './mlp.ts';
export type { Mlp } from './mlp.ts';
export { drawBeta, drawGamma, drawNormal, poissonOne } from './draws.ts';
export { arrayNamed, arraysOver, arraysUnder, packArrays, unpackArrays } from './array-file.ts';
export type { NamedArrays } from './array-file.ts';
export { withoutItems } from './per-item-features.ts';
export {
  createPosteriorSampler,
  emptyPosterior,
  learnPosterior,
  posteriorOf,
  readPosterior,
} from './linear-posterior.ts';
export type { LinearPosterior, PosteriorReading } from './linear-posterior.ts';
export { denseRows, pickRows, sparseDot, sparseRows } from './sparse-rows.ts';
export type { SparseRows } from './sparse-rows.ts';
export { fitLogistic, fitLogisticPerAction } from './logistic-regression.ts';
export type { LogisticFit, LogisticOptions } from './logistic-regression.ts';
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
export { createHashedLinear, linearSums, linkReward, linkReward01, quadraticSums } from './hashed-linear.ts';
export type { HashedLinear, HashedLinearDefinition, RewardLink } from './hashed-linear.ts';
export { deviationSum, emptyDeviation, fromTable, observe, shrinkage, toTable } from './deviation.ts';
export type { Deviation, Observation } from './deviation.ts';
export {
  createBoundedSequence,
  createLowerSequence,
  createMixtureSequence,
  mixtureDefaults,
  mixtureLogEvidence,
  mixtureRadius,
  mixtureScale,
} from './confidence-sequence.ts';
export type {
  BoundedOptions,
  ConfidenceSequence,
  MixtureOptions,
  SequenceInterval,
  SequenceOptions,
} from './confidence-sequence.ts';
export { createBettingSequence } from './betting-sequence.ts';
export { boundedBoundary, boundedLogEvidence, createBoundedMixture } from './bounded-mixture.ts';
export type { TestingSequence } from './bounded-mixture.ts';
export { chiSquareTail } from './chi-square.ts';
export { normalDistribution, normalQuantile, studentDistribution, studentQuantile } from './student.ts';
export {
  bernsteinInterval,
  concentrationOf,
  estimateSkewness,
  percentileInterval,
  powersOf,
  quantileOfSorted,
  standardError,
  studentInterval,
  varianceDegrees,
} from './intervals.ts';
export type { Ends } from './intervals.ts';
export { dot, resampleClusters } from './bootstrap.ts';
export { vectorOfFields, vectorUpperBound } from './vector-bounds.ts';
export {
  advanceStates,
  cellOf,
  checkBounds,
  checkModel,
  exploreNext,
  payoff,
  playOf,
  requireMonotone,
  stateCount,
  stateFromPast,
  stateOf,
  virtualState,
} from './last-switch.ts';
export type { Exploration, LastSwitchModel, ScheduledArm, StateBounds } from './last-switch.ts';
export { isotonic } from './isotonic.ts';
