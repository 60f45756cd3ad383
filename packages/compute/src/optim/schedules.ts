/** The learning rate of a step, by its number from 1. */
export type Schedule = (step: number) => number;

export interface Passage {
  readonly from: number;
  readonly to: number;
  /** After so many steps the end is reached, and stays. */
  readonly steps: number;
}

const shareDone = (step: number, steps: number): number => Math.min(1, Math.max(0, (step - 1) / steps));

function checkSteps(steps: number): void {
  if (!(steps > 0)) throw new RangeError(`cannot make a schedule, as its steps must be above 0: they are ${steps}`);
}

/** The same at every step. */
export const constantSchedule =
  (rate: number): Schedule =>
  () =>
    rate;

/** In a straight line: `from + (to − from) · (step − 1) / steps`. */
export function linearSchedule({ from, to, steps }: Passage): Schedule {
  checkSteps(steps);
  return (step) => from + (to - from) * shareDone(step, steps);
}

/**
 * Along half a cosine: `to + (from − to) · (1 + cos(π · (step − 1) / steps)) / 2`.
 *
 * @source Loshchilov, Hutter, "SGDR" (2017), eq. 5, without restarts.
 */
export function cosineSchedule({ from, to, steps }: Passage): Schedule {
  checkSteps(steps);
  return (step) => to + ((from - to) * (1 + Math.cos(Math.PI * shareDone(step, steps)))) / 2;
}

/**
 * Rises in a straight line to where a schedule begins, which then follows: `next(1) · step / steps` at first.
 *
 * @source Goyal et al., "Accurate, large minibatch SGD" (2017), section 2.2.
 */
export function warmUp(steps: number, next: Schedule): Schedule {
  checkSteps(steps);
  return (step) => (step <= steps ? (next(1) * step) / steps : next(step - steps));
}
