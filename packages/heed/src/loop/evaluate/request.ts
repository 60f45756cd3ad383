import type { EstimatorName, IntervalMethod } from '../../evaluation/index.ts';

/** What is to be evaluated on what a loop has recorded. */
export interface EvaluationRequest {
  /** The policy that is evaluated. Default: the one that serves the loop. */
  readonly artifact?: string | undefined;
  /** Only what was decided from then on … */
  readonly from?: string | undefined;
  /** … and before then; ISO times. */
  readonly to?: string | undefined;
  /** Default: all that the log has what they need for. */
  readonly estimators?: readonly EstimatorName[] | undefined;
  /** Default: all four. */
  readonly intervals?: readonly IntervalMethod[] | undefined;
  /** Of the intervals, in (0, 1). Default 0.95. */
  readonly level?: number | undefined;
  /** No allowed action had less. Default: what the loop's versions promise, where all that is read was served under them. */
  readonly leastProbability?: number | undefined;
  /** Whether a model of the reward is fitted across folds, for doubly robust estimates: of slates, one for each place. Default true. */
  readonly rewardModel?: boolean | undefined;
  /** Attention that each place of a slate gets, the best place first: what the position-based estimate goes by. */
  readonly attention?: readonly number[] | undefined;
  /** Resamples of the bootstrap. Default 2,000. */
  readonly resamples?: number | undefined;
  /** Of the resamples. Default `evaluation`. */
  readonly seed?: string | undefined;
}

export interface EvaluateOptions extends EvaluationRequest {
  /** Evaluates on this file in place of the store: rows with `context`, `candidates`, `action`, `probability` and `reward`. */
  readonly file?: { readonly format: 'jsonl' | 'parquet'; readonly path: string } | undefined;
  /** Of a file: wrong rows are left out and counted. Those of the store always are. Default false. */
  readonly skipBadRows?: boolean | undefined;
  /** Called now and then with the number of decisions read so far. */
  readonly onProgress?: ((decisions: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
