export { createPayments, paymentsDefaults } from './payments.ts';
export type { PaymentBatch, Payments, PaymentsOptions } from './payments.ts';
export { shiftingLosses, stochasticLosses, walkLosses } from './switching-losses.ts';
export type { LossTable } from './switching-losses.ts';
