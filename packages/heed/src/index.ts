export { createHeed, defineHeed, importVowpalWabbit } from './loop/index.ts';
export type { Heed, HeedConfig, HeedOptions, LoopDefinition, VowpalImport, VowpalImportOptions } from './loop/index.ts';
export {
  ar2,
  bagging,
  batchErm,
  contextualBandit,
  dLinUcb,
  dynLinUcb,
  exp3,
  klUcb,
  lastSwitch,
  linUcb,
  linearThompson,
  lowSwitching,
  onlineCover,
  regCb,
  switchingCosts,
  thompson,
  ucb1,
} from './learner/index.ts';
export { boltzmann, epsilonGreedy, fastCb, plackettLuce, squareCb } from './policy/index.ts';
export { HeedError, isHeedError } from './spec/index.ts';
