import type { Action, Decision, Explanation, Feedback, JsonObject, Signal } from '../../spec/index.ts';
import type { ListOptions, Page } from './pages.ts';

/** A decision with all that bears on it. */
export interface DecisionDetail {
  readonly decision: Decision;
  readonly activatedAt: string | null;
  readonly candidates: readonly { readonly item: string; readonly features: JsonObject }[];
  readonly feedback: readonly Feedback[];
  readonly signals: readonly Signal[];
}

/** What replaying a decision gave: the same action and log-probability, bit for bit, or not. */
export interface ReplayReport {
  readonly decision: string;
  readonly matches: boolean;
  readonly action: Action;
  readonly logProbability: number | null;
  readonly loggedLogProbability: number | null;
}

/** The decisions that were made. */
export interface Decisions {
  get(id: string): Promise<DecisionDetail>;
  list(options?: ListOptions): Promise<Page<Decision>>;
  /** Why each chosen item (or `item`) stands where it does, by the artifact and subject state that decided. */
  explain(
    id: string,
    options?: { readonly item?: string | undefined; readonly most?: number | undefined },
  ): Promise<Explanation[]>;
  replay(id: string): Promise<ReplayReport>;
}

/** What others know by names of their own. */
export interface Lookup {
  /** How likely each candidate of a decision was to be chosen (for slates: first), in the order of the request. */
  probabilities(decision: string): Promise<{ readonly item: string; readonly probability: number }[]>;
  /** The decision that was first made in a loop with this idempotency key; `null` where none was. */
  decision(loop: string, key: string): Promise<string | null>;
  /** The episode that was first started in a loop with this idempotency key; `null` where none was. */
  episode(loop: string, key: string): Promise<string | null>;
}
