import type { Action, JsonObject } from './common.ts';
import type { Behaviour } from './decision.ts';
import type { Candidate, FeatureConfiguration, LoopConfiguration } from './loop.ts';

/** The decisions that came before one, of the same subject in the same loop. */
export interface PastDecisions {
  /** How many there were. */
  readonly round: number;
  /** What the last of them chose, newest first. */
  readonly items: readonly string[];
}

/** What a policy is asked: one decision to make, or to look at again. */
export interface PolicyRequest {
  readonly subject: string | null;
  readonly context: JsonObject;
  readonly candidates: readonly Candidate[];
  /** Items that must not be chosen; they keep their place in `candidates`. */
  readonly excluded: ReadonlySet<string>;
  /** Items to choose: 1 for a choice; a slate is cut to the allowed candidates. */
  readonly size: number;
  /** What is known of the subject: the bytes of its newest state, or `null`. */
  readonly subjectState: Uint8Array | null;
  /** There only where the loop's learner looks back, or a policy that may decide. */
  readonly past?: PastDecisions;
}

/** What a policy did. `scores` are per candidate, in the order given; excluded ones are NaN. */
export interface PolicyDecision {
  readonly action: Action;
  readonly behaviour: Behaviour;
  readonly scores: Float64Array;
}

/** Why a candidate has its score: `score = Σ terms.value + rest`. */
export interface Explanation {
  readonly item: string;
  readonly score: number;
  readonly terms: readonly { readonly name: string; readonly value: number }[];
  readonly rest: number;
  /** Probability that this item is chosen (at the first position, for slates), given the request. */
  readonly probability: number;
}

/** A probability estimated by Monte Carlo. */
export interface MarginalProbability {
  readonly probability: number;
  readonly standardError: number;
  /** Draws that it was estimated from. */
  readonly draws: number;
}

/** The immutable thing that acts. Same request and seed: same decision, bit for bit, on one build and architecture. */
export interface Policy {
  readonly artifact: string;
  /** Probability of each candidate (of being first, for slates), in the order given; excluded ones have 0. */
  distribution(request: PolicyRequest): Float64Array;
  /** Joint log-probability (nats) of an action, −Infinity where it cannot happen. */
  logProbability(request: PolicyRequest, action: Action): number;
  decide(request: PolicyRequest, seed: string): PolicyDecision;
  /**
   * Only where each decision is made by a draw (Thompson): `distribution` and `logProbability` are then this estimate of
   * the probability over all draws, while a decision's own log-probability is conditional on its draw.
   * Without it, both are exact and the same.
   */
  readonly marginal?: (request: PolicyRequest, action: Action) => MarginalProbability;
  /** Where it looks back: to how many of the decisions before the one it makes. */
  readonly past?: number;
  /** Where one action is held over a block of rounds: the item, `null` while it depends on the candidates; for how many seconds it still is, from when the artifact was made, where known. */
  readonly held?: { readonly item: string | null; readonly seconds: number | null };
  /** The largest `most` terms by absolute value; the remainder is in `rest`. */
  explain(request: PolicyRequest, item: string, most: number): Explanation;
}

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** An artifact before it has an id: what a learner hands over, and what a policy reads. */
export interface ArtifactContent {
  readonly format: string;
  readonly formatVersion: number;
  readonly configuration: JsonObject;
  readonly files: readonly NamedBytes[];
  readonly metrics: Readonly<Record<string, number>>;
}

/** One example for a learner: what was asked, what was done, how likely that was, what it was worth. */
export interface Experience {
  readonly request: PolicyRequest;
  /** The item judged. */
  readonly item: string;
  /** Probability of the item under the policy that acted, where known: exact for a choice, else `null`. */
  readonly probability: number | null;
  readonly reward: number;
  readonly weight: number;
  /** The decision judged: what is said of one decision belongs together. Left out where there is none. */
  readonly decision?: string;
  /** Set where the item was not chosen, and somebody told what it would have been worth. */
  readonly taken?: false;
}

/** What a learner must find in its signals. */
export interface LearnerNeeds {
  readonly signal: 'reward' | 'pair' | 'demonstration';
  readonly propensity: boolean;
  readonly rewardRange: boolean;
}

/** A learner: configuration → state → update → artifact. `State` is never changed in place from outside. */
export interface Learner<State> {
  readonly name: string;
  needs(configuration: LoopConfiguration): LearnerNeeds;
  init(configuration: LoopConfiguration, seed: string): State;
  /** Takes experiences in the order given and returns the new state; `now` in epoch milliseconds, where there is a clock. */
  update(state: State, experiences: readonly Experience[], now?: number): State;
  toArtifact(state: State): ArtifactContent;
  /**
   * Only where learning takes work outside the calling thread: does it, and gives the state with what came of it, for
   * whoever trains to call between the last `update` and `toArtifact`. An artifact of a state that was not settled keeps
   * all that training needs to go on, and acts by what was settled before.
   */
  settle?(state: State): Promise<State>;
  /** Reads back what `toArtifact` wrote, so that training goes on where the parent artifact ended. */
  fromArtifact(configuration: LoopConfiguration, content: ArtifactContent): State;
  /** The part that keeps to one subject, where the learner has one. */
  readonly subjects: SubjectLearner | null;
  /** Only where it learns from what came before a decision: how many decisions each must have with it. */
  past?(configuration: LoopConfiguration): number;
  /** Where a training from the start must know what served before it: called once, when all has been learned. */
  retrained?(state: State, served: ArtifactContent, now: number): State;
  /** Set where it learns from items that were not chosen as well; others are not given them. */
  readonly alternatives?: true;
}

/** Updates what an artifact keeps about one subject. */
export interface SubjectLearner {
  /** States with equal keys are readable by one another's artifacts; `null` where the configuration keeps none. */
  key(configuration: LoopConfiguration): string | null;
  /** Adds experiences to a subject's state (`null`: a new subject), given the artifact that is serving. */
  update(content: ArtifactContent, state: Uint8Array | null, experiences: readonly Experience[]): Uint8Array;
  /** Number of experiences that a state has taken. */
  count(state: Uint8Array): number;
}

/** Turns a stored artifact into a policy. */
export interface PolicyFormat {
  readonly format: string;
  readonly formatVersions: readonly number[];
  read(artifact: string, content: ArtifactContent): Policy;
}

/** Sparse features: parallel slots and values (float32), names kept only where asked for. */
export interface SparseFeatures {
  readonly slots: Uint32Array;
  readonly values: Float32Array;
}

export type { FeatureConfiguration };

/** Epoch milliseconds, passed in wherever time is needed. */
export type Clock = () => number;

/** UUIDv7 maker. */
export type NewId = () => string;
