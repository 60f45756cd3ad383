/** A curve: points, with a band where `low` and `high` are given. `broken`: an ablation. */
export interface Curve {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  readonly broken?: boolean;
}

/** A picture of curves over common axes. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly curves: readonly Curve[];
}
