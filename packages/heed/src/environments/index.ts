export { createPayments, paymentsDefaults } from './payments.ts';
export type { PaymentBatch, Payments, PaymentsOptions } from './payments.ts';
export { shiftingLosses, stochasticLosses, walkLosses } from './switching-losses.ts';
export type { LossTable } from './switching-losses.ts';
export {
  advertisingSystem,
  longRunWorth,
  runSystem,
  slowSystem,
  spectralNorm,
  stabilityOf,
  syntheticSystem,
} from './dynamical-linear.ts';
export type { LinearSystem, RunningSystem } from './dynamical-linear.ts';
export { greedyTrap, lastSwitchBounds, randomMonotone, runLastSwitch, satiation, spikes } from './last-switch.ts';
export type { RunningLastSwitch } from './last-switch.ts';
