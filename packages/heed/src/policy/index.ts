export { contextualBanditFormat } from './contextual-bandit.ts';
export { epsilonGreedy, explorationDefaults, plackettLuce, readExploration, squareCb } from './exploration.ts';
