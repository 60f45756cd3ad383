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
  readonly roundsPerSecond: number;
  readonly mean: number;
}

/** The middle one of three runs, after one that warms up. */
export function measure({ prepare, run }: Contestant, rounds: number): Speed {
  prepare?.(rounds);
  let mean = run(rounds);
  const speeds = Array.from({ length: 3 }, () => {
    const start = performance.now();
    mean = run(rounds);
    return (1_000 * rounds) / (performance.now() - start);
  });
  return { roundsPerSecond: median(speeds), mean };
}
