export { reportGenerations } from './report.ts';
export type { GenerationDifference, GenerationReport, GenerationsReport } from './report.ts';
export { createGenerationTally } from './tally.ts';
export type { GenerationRow, GenerationTally } from './tally.ts';
export { generationDefaults } from './defaults.ts';
export { oscillationOf } from './oscillation.ts';
export type { Oscillation } from './oscillation.ts';
