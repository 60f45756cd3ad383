export { createHeed, defineHeed } from './loop/index.ts';
export type { Heed, HeedConfig, HeedOptions, LoopDefinition } from './loop/index.ts';
export {
  bagging,
  batchErm,
  contextualBandit,
  exp3,
  klUcb,
  lastSwitch,
  linUcb,
  linearThompson,
  onlineCover,
  regCb,
  thompson,
  ucb1,
} from './learner/index.ts';
export { boltzmann, epsilonGreedy, fastCb, plackettLuce, squareCb } from './policy/index.ts';
export { HeedError, isHeedError } from './spec/index.ts';
