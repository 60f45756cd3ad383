import type { Audit } from './audit.ts';
import type { CandidateInput, HeedConfig, LoopName, Personalizer } from './define.ts';
import type { Evaluations } from './evaluate/evaluations.ts';
import type { EventLog } from './event-log.ts';
import type { Experiments } from './experiments.ts';
import type { GenerationsOptions, LoopGenerations } from './generations.ts';
import type { Deciding } from './heed/deciding.ts';
import type { Decisions, Lookup } from './heed/decisions.ts';
import type { Episodes } from './heed/episodes.ts';
import type { HeedEvent } from './heed/events.ts';
import type { Exchange } from './heed/exchange.ts';
import type { Judging } from './heed/feedback.ts';
import type { Items } from './heed/items.ts';
import type { Artifacts, LoopStatus, Releases } from './heed/releases.ts';
import type { Subjects } from './heed/subjects.ts';
import type { Jobs, Working } from './heed/training.ts';
import type { Keys } from './keys.ts';
import type { DeadWebhook } from './webhooks.ts';
import type { Health, Monitor } from './vitals.ts';

export type {
  CandidateForm,
  DecideReply,
  DecideRequest,
  DecisionOptions,
  RecordReply,
  RecordRequest,
} from './heed/deciding.ts';
export type { DecisionDetail, ReplayReport } from './heed/decisions.ts';
export type { HeedEvent } from './heed/events.ts';
export type { ImportReport } from './heed/exchange.ts';
export type { FeedbackReply, FeedbackRequest } from './heed/feedback.ts';
export type { Item, ItemDetail, ItemInput } from './heed/items.ts';
export type { ListOptions, Page } from './heed/pages.ts';
export type { LoopStatus, Reason, ReleaseRequest } from './heed/releases.ts';
export type { SubjectCounts, SubjectDeletion, SubjectHoldings } from './heed/subjects.ts';
export type { TrainOptions, TrainReport } from './heed/training.ts';

/** The whole loop in one process: everything that the server, the CLI and scripts do goes through here. */
export interface Heed<Config extends HeedConfig = HeedConfig>
  extends Deciding<Config>, Judging<Config>, Working<LoopName<Config>>, Exchange {
  readonly loops: {
    list(): Promise<LoopStatus[]>;
    get(name: string): Promise<LoopStatus>;
  };
  readonly decisions: Decisions;
  readonly episodes: Episodes;
  readonly artifacts: Artifacts;
  readonly releases: Releases<LoopName<Config>>;
  readonly experiments: Experiments;
  /** What evaluations found. */
  readonly evaluations: Evaluations;
  /** How the artifacts that have served a loop did, one after the other, and whether one was worse than the one before. */
  generations(loop: string, options?: GenerationsOptions): Promise<LoopGenerations>;
  readonly jobs: Jobs;
  readonly items: Items<{ [Name in LoopName<Config>]: CandidateInput<Config, Name> }>;
  readonly subjects: Subjects;
  /** API keys: who may ask a server. */
  readonly keys: Keys;
  /** What operators did. */
  readonly audit: Audit;
  /** This Heed as somebody sees it who may see these loops only. */
  limitTo(loops: readonly string[]): LimitedHeed;
  /** Calls back for what happens from now on, in this process and in others on the same store; returns how to stop. */
  subscribe(listener: (event: HeedEvent) => void): () => void;
  /** What happened while somebody was away. */
  readonly events: EventLog;
  readonly lookup: Lookup;
  /** As configured; `null` where Personalizer's routes are not served. */
  readonly personalizer: Personalizer | null;
  /** Whether this process can do its work, and what is degraded. */
  health(): Promise<Health>;
  /** What there is to measure of this process and its store. */
  readonly monitor: Monitor;
  readonly webhooks: {
    /** Messages that were given up after many attempts: the newest 1,000. */
    dead(): Promise<DeadWebhook[]>;
  };
  close(): Promise<void>;
}

/** What a server's caller may be given: neither the worker's duties, nor the making of further views, nor the end. */
export interface LimitedHeed extends Omit<
  Heed,
  'derive' | 'train' | 'evaluate' | 'work' | 'close' | 'limitTo' | 'keys' | 'monitor' | 'releases' | 'personalizer'
> {
  readonly releases: Omit<Heed['releases'], 'advance'>;
  readonly keys: Omit<Keys, 'authenticate'>;
}
