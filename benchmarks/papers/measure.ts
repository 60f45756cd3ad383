import { median } from '../harness.ts';

/** One algorithm in its loop. */
export interface Contestant {
  /** Paper and algorithm. */
  readonly name: string;
  /** What is not timed. */
  readonly prepare?: (rounds: number) => void;
  /** Plays so many rounds; gives the mean reward, or the mean loss in paper 26. */
  readonly run: (rounds: number) => number;
}

export interface Speed {
  /** By seconds of processor time, so that what else the machine does is not measured. */
  readonly roundsPerSecond: number;
  readonly mean: number;
}

/** Microseconds of processor time that a speed is taken over at least: one short run tells more of the compiler than of itself. */
const leastMicroseconds = 50_000;

/** The middle one of three speeds, after a run that warms up. */
export function measure({ prepare, run }: Contestant, rounds: number): Speed {
  prepare?.(rounds);
  let mean = run(rounds);
  const speeds = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    for (let runs = 1; ; runs += 1) {
      mean = run(rounds);
      const { user, system } = process.cpuUsage(start);
      if (user + system >= leastMicroseconds) return (1_000_000 * runs * rounds) / (user + system);
    }
  });
  return { roundsPerSecond: median(speeds), mean };
}
