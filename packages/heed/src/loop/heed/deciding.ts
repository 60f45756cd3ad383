import type { Action, Behaviour, Decision, JsonObject, Part } from '../../spec/index.ts';
import type { CandidateInput, ContextInput, HeedConfig, LoopName } from '../define.ts';

/** What every decision may carry beside what it is about. */
export interface DecisionOptions {
  /** A UUIDv7 made by the caller: feedback may name the decision before it is stored. */
  readonly id?: string | undefined;
  /** For whom. */
  readonly subject?: string | undefined;
  readonly agent?: { readonly id: string; readonly role: string } | undefined;
  readonly episode?: string | undefined;
  readonly step?: number | undefined;
  readonly group?: string | undefined;
  readonly parents?: Decision['parents'] | undefined;
  readonly observations?: readonly Part[] | undefined;
  readonly traceId?: string | undefined;
  /** `deferred`: no evidence until `activate` is called. Default `immediate`. */
  readonly activation?: 'immediate' | 'deferred' | undefined;
  /** The same key gives the decision first made with it. */
  readonly idempotencyKey?: string | undefined;
}

/** A candidate with its features, or a registered item by its id alone. */
export type CandidateForm<Candidate = JsonObject> =
  | string
  | { readonly item: string; readonly features?: Candidate | undefined };

export interface DecideRequest<Context = JsonObject, Candidate = JsonObject> extends DecisionOptions {
  readonly context: Context;
  /** With their features, or registered items by their ids alone. */
  readonly candidates: readonly CandidateForm<Candidate>[];
  /** Items that must not be chosen this time, beside the loop's own exclusions. */
  readonly exclude?: readonly string[] | undefined;
  /** Fewer items than the loop's slate size. */
  readonly size?: number | undefined;
  /** Draws and answers, but stores nothing. */
  readonly dryRun?: boolean | undefined;
}

/** The answer to `decide`: all that is needed to act on it and to judge it. */
export interface DecideReply {
  readonly decision: string;
  readonly loop: string;
  readonly loopVersion: string;
  readonly action: Action;
  /** The chosen items, best place first. */
  readonly chosen: readonly string[];
  /** Joint probability of the action; `null` where it is not known. */
  readonly probability: number | null;
  readonly logProbability: number | null;
  readonly behaviour: Behaviour['kind'];
  readonly fallback: NonNullable<Behaviour['fallback']> | null;
  readonly artifact: string | null;
  readonly subjectState: string | null;
  readonly seed: string | null;
  /** Signed and expiring: lets its holder judge this decision, once per kind of feedback and item. `null` for dry runs. */
  readonly token: string | null;
  readonly decidedAt: string;
}

export interface RecordRequest<Context = JsonObject, Candidate = JsonObject> extends DecisionOptions {
  readonly context: Context | readonly Part[];
  readonly candidates?: readonly CandidateForm<Candidate>[] | undefined;
  readonly action: Action;
  /** Probability of the action under whatever chose it; left out where nobody knows. */
  readonly probability?: number | undefined;
  /** In place of `probability`, everything that is known. */
  readonly behaviour?: Behaviour | undefined;
  readonly decidedAt?: string | undefined;
  readonly heldFrom?: string | undefined;
  readonly heldUntil?: string | undefined;
  /** `imported`: from a log, long after. Default `recorded`. */
  readonly origin?: 'recorded' | 'imported' | undefined;
}

export interface RecordReply {
  readonly decision: string;
  readonly token: string;
}

/** What acts: it decides, or tells of what others decided. */
export interface Deciding<Config extends HeedConfig> {
  decide<Name extends LoopName<Config>>(
    loop: Name,
    request: DecideRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>,
  ): Promise<DecideReply>;
  decideBatch<Name extends LoopName<Config>>(
    loop: Name,
    requests: readonly DecideRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>[],
  ): Promise<DecideReply[]>;
  record<Name extends LoopName<Config>>(
    loop: Name,
    request: RecordRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>,
  ): Promise<RecordReply>;
  activate(
    decision: string,
    options?: { readonly idempotencyKey?: string | undefined },
  ): Promise<{ readonly activatedAt: string }>;
}
