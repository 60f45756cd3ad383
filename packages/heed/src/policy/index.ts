export { contextualBanditFormat } from './contextual-bandit.ts';
export { armsFormat } from './arms.ts';
export { batchErmFormat } from './batch-erm.ts';
export { autoregressiveFormat } from './autoregressive.ts';
export { dynamicalLinearFormat } from './dynamical-linear.ts';
export { switchingCostsFormat } from './switching-costs.ts';
export { batchEnsembleFormat } from './batch-ensemble.ts';
export { ensembleFormat } from './ensemble.ts';
export { lastSwitchFormat } from './last-switch.ts';
export { linearPosteriorFormat } from './linear-posterior.ts';
export {
  boltzmann,
  epsilonGreedy,
  explorationDefaults,
  fastCb,
  plackettLuce,
  readExploration,
  squareCb,
} from './exploration.ts';
