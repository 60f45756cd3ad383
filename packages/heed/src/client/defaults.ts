/** What a client does where it is not told otherwise. */
export const clientDefaults = {
  /** Of `decide`, until the loop's own deadline is known. */
  deadlineMs: 200,
  /** Of reads and operations. */
  timeoutMs: 10_000,
  /** Of `record`, `feedback`, `activate` and `judge`, which are queued after it. */
  writeTimeoutMs: 2_000,
  /** Entries that wait for a server that is away. */
  queueLimit: 10_000,
  /** First wait before trying again; it doubles up to the longest. */
  retryMs: 250,
  longestRetryMs: 30_000,
  /** A loop's description that could not be had is asked for again after this. */
  describeAgainMs: 1_000,
  /** A stream of events without a heartbeat for this long is taken for dead. */
  silentMs: 40_000,
} as const;
