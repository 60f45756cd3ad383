import type { Paper } from './paper.ts';
import type { Reaction } from './reaction.ts';

/** Papers to be put in order for a reader, or that already are. */
export interface RankRequest {
  readonly reader: string;
  readonly papers: readonly Paper[];
  /** What is being looked at: a day, or `all`. */
  readonly surface: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** An order, and what is known of how it came about. */
export interface Ranking {
  /** Ids of papers, first place first; may be fewer than were given. */
  readonly order: readonly string[];
  /** The decision that feedback on this list judges; `null` where there is none. */
  readonly decision: string | null;
  /** `policy`: learned and sampled. `rule`: a fixed order that the reader asked for. `fallback`: the rule that stands in for the policy. */
  readonly by: 'policy' | 'rule' | 'fallback';
  /** Joint probability of the order, where it is known. */
  readonly probability: number | null;
  readonly artifact: string | null;
}

/** What a reader said of a paper of a list. */
export interface Judgement {
  readonly reader: string;
  readonly paper: string;
  readonly reaction: Reaction;
  /** The decision that showed the paper when the reader first said something of it; `null` where none did. */
  readonly decision: string | null;
  /** The same key is the same thing said again. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Papers higher up in the same list that the reader passed over without a word. */
  readonly passed: readonly string[];
}

/** Why a paper has its score: `score = Σ terms.value + rest`. */
export interface Why {
  readonly paper: string;
  readonly score: number;
  readonly terms: readonly { readonly name: string; readonly value: number }[];
  readonly rest: number;
  /** Probability that this paper comes first, given all that was known. */
  readonly probability: number;
}

/** How a list came about, told to the reader it was made for. */
export interface ListReason {
  readonly by: Ranking['by'];
  readonly artifact: string | null;
  readonly decidedAt: string;
  /** Absent for lists that no policy ordered. */
  readonly why: Why | null;
}

/** What orders the lists: Heed, or the fixed rule where it is switched off. */
export interface Ranker {
  /** Puts papers, given in the order of the fallback, in order for a reader. With `rehearsal` nothing is kept and nothing can be judged. */
  rank(request: RankRequest, options?: { readonly rehearsal?: boolean | undefined }): Promise<Ranking>;
  /** Tells of a list whose order a rule made, so that what its reader says of it can be learned from. */
  record(request: RankRequest): Promise<Ranking>;
  react(judgement: Judgement): Promise<void>;
  /** `null` where the decision is not known. */
  reason(decision: string, paper: string): Promise<ListReason | null>;
  /** What an operator sees and does; `null` where there is no policy to operate. */
  readonly operator: Operator | null;
  close(): Promise<void>;
}

export interface FeedbackRow {
  readonly id: string;
  readonly at: string;
  readonly name: string;
  readonly value: string;
  readonly item: string | null;
}

export interface DecisionRow {
  readonly id: string;
  readonly at: string;
  readonly reader: string | null;
  readonly by: Ranking['by'];
  /** The component of the mixture that was drawn from. */
  readonly branch: string | null;
  /** Joint log-probability (nats) of the order. */
  readonly logProbability: number | null;
  readonly artifact: string | null;
  readonly subjectState: string | null;
  readonly items: readonly string[];
  readonly feedback: readonly FeedbackRow[];
}

export interface SignalRow {
  readonly item: string | null;
  readonly reward: number | null;
  readonly status: string;
  readonly version: number;
}

export interface DecisionView {
  readonly row: DecisionRow;
  readonly loopVersion: string;
  readonly candidates: number;
  readonly seed: string | null;
  readonly components: readonly {
    readonly name: string;
    readonly weight: number;
    readonly logProbability: number | null;
  }[];
  readonly signals: readonly SignalRow[];
  /** Empty for decisions that no policy made. */
  readonly why: readonly Why[];
}

/** What deciding again gave: `refused` says why it could not be done. */
export type Replay =
  | { readonly refused: string }
  | {
      readonly refused: null;
      readonly matches: boolean;
      readonly items: readonly string[];
      readonly logProbability: number | null;
      readonly loggedLogProbability: number | null;
    };

export interface ArtifactRow {
  readonly id: string;
  readonly at: string;
  readonly parent: string | null;
  readonly signalsUsed: number;
  readonly signalsBefore: number;
  readonly serving: boolean;
  readonly releases: readonly {
    readonly step: string;
    readonly at: string;
    readonly by: string;
    readonly why: string;
  }[];
}

/** What an operator sees and does. Every call throws where Heed cannot be reached. */
export interface Operator {
  decisions(options: {
    readonly after?: string | undefined;
  }): Promise<{ readonly rows: readonly DecisionRow[]; readonly next: string | null }>;
  /** `null` where there is no such decision. */
  decision(id: string): Promise<DecisionView | null>;
  replay(id: string): Promise<Replay>;
  artifacts(): Promise<readonly ArtifactRow[]>;
  promote(artifact: string, why: string): Promise<void>;
  rollback(why: string): Promise<void>;
  /** Calls back when something happened; returns how to stop. */
  subscribe(listener: () => void): () => void;
}
