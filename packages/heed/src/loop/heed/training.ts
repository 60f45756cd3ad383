import type { EvaluationReport, Job } from '../../spec/index.ts';
import type { EvaluateOptions } from '../evaluate/request.ts';
import type { ListOptions, Page } from './pages.ts';

export interface TrainOptions {
  /** Called after each batch with the number of signals used so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Stops between batches; nothing is published, and no signal counts as used. */
  readonly signal?: AbortSignal | undefined;
}

export interface TrainReport {
  readonly loop: string;
  readonly artifact: string | null;
  readonly signalsUsed: number;
  readonly promoted: boolean;
}

export interface Jobs {
  list(options?: ListOptions): Promise<Page<Job>>;
  get(id: string): Promise<Job>;
  /** Queues a training; some worker runs it. */
  train(loop: string): Promise<Job>;
}

/** What a worker does all the time, done now. */
export interface Working<Name extends string> {
  /** Derives signals from what has come in and brings subjects' states up to date. A worker does this all the time. */
  derive(): Promise<{ readonly signals: number; readonly subjects: number }>;
  /** Trains now, here, whether or not enough signals wait. */
  train(loop: Name, options?: TrainOptions): Promise<TrainReport>;
  /**
   * Estimates now, here, what a policy would have earned in place of whatever decided, and keeps the report.
   *
   * @throws HeedError `not-found`, `artifact-not-promotable`, `invalid-input`.
   */
  evaluate(loop: Name, options?: EvaluateOptions): Promise<EvaluationReport>;
  /** Runs the worker's duties (derive, train, retention, queued jobs) until stopped. */
  work(options?: {
    readonly intervalMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void>;
}
