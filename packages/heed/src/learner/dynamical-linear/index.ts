export { confidenceWidth, createDynamicalUcb, holdRounds } from './ucb.ts';
export type { DynamicalBounds, DynamicalOptions, VectorPlayer } from './ucb.ts';
export { createDiscountedUcb } from './discounted.ts';
export type { DiscountedOptions } from './discounted.ts';
export { createAutoregressive, createExp3 } from './baselines.ts';
export type { AutoregressiveOptions, Exp3Options } from './baselines.ts';
export { budgetVertices } from './vertices.ts';
export type { Budget } from './vertices.ts';
