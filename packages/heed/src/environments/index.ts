export { gaussianStream } from './gaussian.ts';
export { createPayments, paymentsDefaults } from './payments.ts';
export type { PaymentBatch, Payments, PaymentsOptions } from './payments.ts';
