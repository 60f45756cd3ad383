/** Any number that is ours. */
const lock = '7310583011';

/** Writers of personal content and publishers of what was learned from it share this lock: they never run beside a forgetting. */
export const whileNobodyIsForgotten = `select pg_advisory_xact_lock_shared(${lock})`;

/** Waits for those who write, and holds up those who want to, until the transaction ends. */
export const whileNobodyWrites = `select pg_advisory_xact_lock(${lock})`;
