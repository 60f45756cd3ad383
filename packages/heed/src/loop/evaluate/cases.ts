import type { RowFault } from '../../evaluation/index.ts';
import type { Action, JsonObject, Policy, PolicyRequest } from '../../spec/index.ts';

/** A decision of a log, as any policy can be asked about it. */
export interface LoggedCase {
  readonly id: string | null;
  /** Decisions of one unit are not independent: the subject, or the decision itself. */
  readonly unit: string;
  readonly subject: string | null;
  /** Where it stands, as `line 3`. */
  readonly place: string;
  readonly request: PolicyRequest;
  readonly action: Action & { readonly type: 'choice' | 'slate' };
  /** Of a choice, or of each place of a slate. What is wrong with them is found where they are read as rows. */
  readonly rewards: readonly unknown[];
  readonly probability: unknown;
  /** Where the probability is a Monte-Carlo estimate. */
  readonly probabilityError: number | null;
  /** Asks the policy that acted; `null` where it is not known. */
  readonly acted: ActedPolicy | null;
  /** As it was given, where nothing has checked it: its features' types must stay the same. */
  readonly context?: JsonObject | undefined;
}

/** What a log has at a place: a decision, or something that is none. */
export type Logged = LoggedCase | { readonly place: string; readonly fault: RowFault };

/** A log of decisions that can be read twice. */
export interface CaseLog {
  /** Hands over what there is, in the order of time; each reading finds the same. */
  read(take: (logged: Logged) => void): Promise<void>;
  /** What was read, for the report. */
  facts(): {
    readonly computedFrom: JsonObject;
    readonly leftOut: JsonObject;
    /** Decisions that will never have a reward, as nobody has answered. */
    readonly unanswered: number;
  };
  /** A promise of the policies that acted, where there is one; known once it was read. */
  leastProbability(): number | null;
}

/** What is known of how a slate came about, beside its joint probability. */
export interface ActedPolicy {
  /** Probability of the first places as they were filled. */
  readonly prefix: (places: number) => number;
  /** The policy itself, where it is in the store. */
  readonly policy: Policy | null;
}
