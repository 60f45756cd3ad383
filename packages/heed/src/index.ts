export { createHeed, defineHeed } from './loop/index.ts';
export type { Heed, HeedConfig, HeedOptions, LoopDefinition } from './loop/index.ts';
export { contextualBandit } from './learner/index.ts';
export { epsilonGreedy, plackettLuce, squareCb } from './policy/index.ts';
export { HeedError, isHeedError } from './spec/index.ts';
