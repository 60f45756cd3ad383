import type {
  Action,
  Artifact,
  Behaviour,
  Decision,
  Episode,
  EvaluationReport,
  Explanation,
  Feedback,
  FeedbackKind,
  FeedbackTarget,
  Job,
  JsonObject,
  JsonValue,
  Loop,
  Part,
  Release,
  Signal,
} from '../spec/index.ts';
import type { Audit } from './audit.ts';
import type { CandidateInput, ContextInput, FeedbackInput, HeedConfig, LoopName, Personalizer } from './define.ts';
import type { DryRun } from './dry-run.ts';
import type { Evaluations } from './evaluate/evaluations.ts';
import type { EvaluateOptions } from './evaluate/request.ts';
import type { ExportContent, ReadLimits } from './exchange/index.ts';
import type { EventLog } from './event-log.ts';
import type { Experiments } from './experiments.ts';
import type { Keys } from './keys.ts';
import type { CandidateStatus } from './releasing.ts';
import type { DeadWebhook } from './webhooks.ts';
import type { Health, Monitor } from './vitals.ts';

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

/**
 * A judgement. It names its target by `token`, by `decision` (and `item`), or by `targets`;
 * and what it is by the loop's own `name`, or by `kind`.
 */
export interface FeedbackRequest {
  readonly loop?: string | undefined;
  readonly token?: string | undefined;
  readonly decision?: string | undefined;
  readonly item?: string | undefined;
  readonly targets?: readonly FeedbackTarget[] | undefined;
  readonly name?: string | undefined;
  readonly kind?: FeedbackKind | undefined;
  readonly value?: JsonValue | undefined;
  readonly source?: Feedback['source'] | undefined;
  readonly subject?: string | undefined;
  readonly observedAt?: string | undefined;
  /** When it stops to hold, where it does. */
  readonly expiresAt?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface FeedbackReply {
  readonly feedback: string;
  /** `duplicate`: the same key was accepted before; nothing was stored again. */
  readonly status: 'accepted' | 'duplicate';
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Pass as `after` for the next page; `null` at the end. */
  readonly next: string | null;
}

export interface ListOptions {
  readonly loop?: string | undefined;
  readonly subject?: string | undefined;
  readonly artifact?: string | undefined;
  readonly episode?: string | undefined;
  readonly after?: string | undefined;
  /** 1–1,000; default 50. Newest first. */
  readonly limit?: number | undefined;
}

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

/** A loop and what serves it now. */
export interface LoopStatus {
  readonly loop: Loop;
  readonly serving: Release | null;
  readonly artifact: Artifact | null;
}

/** Who puts what into service, and why. */
export interface ReleaseRequest {
  readonly by: string;
  readonly why: string;
  /** The same key gives the release first made with it. */
  readonly idempotencyKey?: string | undefined;
}

/** Who does something that can be done once only, and why. */
export type Reason = Pick<ReleaseRequest, 'by' | 'why'>;

/** Something that happened, as told to operators' pages. */
export interface HeedEvent {
  readonly type: 'decision' | 'feedback' | 'artifact' | 'release' | 'experiment' | 'subjectState' | 'job';
  readonly loop: string | null;
  readonly id: string;
  readonly at: string;
}

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

export interface ImportReport {
  readonly decisions: number;
  readonly feedback: number;
  /** Rows of all other kinds. */
  readonly others: number;
  /** Rows that were there already. */
  readonly duplicates: number;
}

/** An item to register: with the features that a candidate of the loop has. */
export interface ItemInput<Candidate = JsonObject> {
  readonly item: string;
  readonly features: Candidate;
}

/** A registered item in its newest version. */
export interface Item {
  readonly item: string;
  /** 1 for the first features that were put; other ones make the next version. */
  readonly version: number;
  readonly features: JsonObject;
  readonly putAt: string;
}

export interface ItemDetail extends Item {
  /** Newest first; `features` are `null` where the item was taken off. */
  readonly versions: readonly {
    readonly version: number;
    readonly putAt: string;
    readonly features: JsonObject | null;
  }[];
}

/** What is held about a subject. */
export interface SubjectHoldings {
  readonly subject: string;
  readonly counts: SubjectCounts;
  /** What loops keep about the subject: their newest states, without the statistics themselves. */
  readonly subjectStates: readonly {
    readonly loop: string;
    readonly key: string;
    /** Experiences that the newest state has taken. */
    readonly counter: number;
    readonly updatedAt: string;
    readonly states: number;
  }[];
  readonly decisions: readonly Decision[];
  readonly feedback: readonly Feedback[];
  /** Pass as `after` for the next page; `null` at the end. */
  readonly next: string | null;
}

export interface SubjectCounts {
  readonly decisions: number;
  readonly feedback: number;
  readonly signals: number;
  readonly subjectStates: number;
}

/** What was forgotten, and what had learned from it. */
export interface SubjectDeletion extends SubjectCounts {
  /** Artifacts trained on the subject's signals, and those trained on from them. */
  readonly artifacts: readonly string[];
  /** Trainings from the start, without the subject, that were queued. */
  readonly jobs: readonly string[];
}

/** The whole loop in one process: everything that the server, the CLI and scripts do goes through here. */
export interface Heed<Config extends HeedConfig = HeedConfig> {
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
  feedback(requests: readonly FeedbackInput<Config>[]): Promise<FeedbackReply[]>;
  activate(
    decision: string,
    options?: { readonly idempotencyKey?: string | undefined },
  ): Promise<{ readonly activatedAt: string }>;

  readonly loops: {
    list(): Promise<LoopStatus[]>;
    get(name: string): Promise<LoopStatus>;
  };
  readonly decisions: {
    get(id: string): Promise<DecisionDetail>;
    list(options?: ListOptions): Promise<Page<Decision>>;
    /** Why each chosen item (or `item`) stands where it does, by the artifact and subject state that decided. */
    explain(
      id: string,
      options?: { readonly item?: string | undefined; readonly most?: number | undefined },
    ): Promise<Explanation[]>;
    replay(id: string): Promise<ReplayReport>;
  };
  readonly feedbacks: {
    get(id: string): Promise<Feedback>;
    list(options?: ListOptions & { readonly decision?: string | undefined }): Promise<Page<Feedback>>;
  };
  readonly episodes: {
    start(request: {
      loop: string;
      task: string;
      seed?: string | undefined;
      parent?: string | undefined;
      participants?: Episode['participants'] | undefined;
      idempotencyKey?: string | undefined;
    }): Promise<Episode>;
    end(
      id: string,
      request: { status: 'terminated' | 'truncated' | 'abandoned'; finalObservation?: readonly Part[] | undefined },
    ): Promise<Episode>;
    get(id: string): Promise<Episode>;
    list(options?: ListOptions): Promise<Page<Episode>>;
  };
  readonly artifacts: {
    get(id: string): Promise<Artifact>;
    list(options?: ListOptions): Promise<Page<Artifact>>;
    releases(loop: string): Promise<Release[]>;
    promote(id: string, request: ReleaseRequest): Promise<Release>;
    /** Puts back what served before the artifact that serves now. */
    rollback(loop: string, request: ReleaseRequest): Promise<Release>;
  };
  /** How new policies come into service. */
  readonly releases: {
    /** What is on its way into service, with what it has shown so far; `null` where nothing is. */
    candidate(loop: LoopName<Config>): Promise<CandidateStatus | null>;
    /** Takes the next step now, where the gates allow one. A worker does this all the time. */
    advance(loop: LoopName<Config>): Promise<Release | null>;
    /** Takes what is on its way into service one stage on, whatever its gate says. */
    pass(loop: LoopName<Config>, request: Reason): Promise<Release>;
    /** Sends back what is on its way into service. */
    reject(loop: LoopName<Config>, request: Reason): Promise<Release>;
    /** What a policy would have done in place of the newest decisions; nothing is changed. */
    dryRun(artifact: string, options?: { readonly decisions?: number | undefined }): Promise<DryRun>;
    /** What a step was taken on. */
    evidence(release: string): Promise<EvaluationReport>;
  };
  readonly experiments: Experiments;
  /** What evaluations found. */
  readonly evaluations: Evaluations;
  readonly jobs: {
    list(options?: ListOptions): Promise<Page<Job>>;
    get(id: string): Promise<Job>;
    /** Queues a training; some worker runs it. */
    train(loop: string): Promise<Job>;
  };
  /** Items that decisions may name by their ids alone. */
  readonly items: {
    /** Registers items, or other features of theirs: all, or none. Equal features make no new version. */
    put<Name extends LoopName<Config>>(
      loop: Name,
      items: readonly ItemInput<CandidateInput<Config, Name>>[],
    ): Promise<Item[]>;
    get(loop: LoopName<Config>, item: string): Promise<ItemDetail>;
    /** By name; `after` is the last item of the page before. */
    list(
      loop: LoopName<Config>,
      options?: { readonly after?: string | undefined; readonly limit?: number | undefined },
    ): Promise<Page<Item>>;
    /** Takes an item off: decisions that were made with it keep it. */
    delete(loop: LoopName<Config>, item: string): Promise<{ readonly item: string; readonly version: number }>;
  };
  readonly subjects: {
    /** Everything that is held about a subject, page by page. */
    get(
      id: string,
      options?: { readonly after?: string | undefined; readonly limit?: number | undefined },
    ): Promise<SubjectHoldings>;
    /** Destroys the subject's key, so that nothing personal of it can be read again, and queues the trainings that go without it. */
    delete(id: string): Promise<SubjectDeletion>;
  };
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

  /** Derives signals from what has come in and brings subjects' states up to date. A worker does this all the time. */
  derive(): Promise<{ readonly signals: number; readonly subjects: number }>;
  /** Trains now, here, whether or not enough signals wait. */
  train(loop: LoopName<Config>, options?: TrainOptions): Promise<TrainReport>;
  /**
   * Estimates now, here, what a policy would have earned in place of whatever decided, and keeps the report.
   *
   * @throws HeedError `not-found`, `artifact-not-promotable`, `invalid-input`.
   */
  evaluate(loop: LoopName<Config>, options?: EvaluateOptions): Promise<EvaluationReport>;
  /** Runs the worker's duties (derive, train, retention, queued jobs) until stopped. */
  work(options?: {
    readonly intervalMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void>;

  /** Reads records from lines of JSON or a Parquet file's bytes, as `exportRows` writes them. */
  importRows(
    format: 'jsonl' | 'parquet',
    bytes: Uint8Array,
    options?: {
      readonly onProgress?: ((done: number) => void) | undefined;
      /** For a stranger's file: it is read apart, and given up where it takes more. */
      readonly limits?: ReadLimits | undefined;
    },
  ): Promise<ImportReport>;
  exportRows(
    format: 'jsonl' | 'parquet',
    what: ExportContent,
    options?: { readonly loop?: string | undefined; readonly onProgress?: ((done: number) => void) | undefined },
  ): Promise<Uint8Array>;

  /** What others know by names of their own. */
  readonly lookup: {
    /** How likely each candidate of a decision was to be chosen (for slates: first), in the order of the request. */
    probabilities(decision: string): Promise<{ readonly item: string; readonly probability: number }[]>;
    /** The decision that was first made in a loop with this idempotency key; `null` where none was. */
    decision(loop: string, key: string): Promise<string | null>;
    /** The episode that was first started in a loop with this idempotency key; `null` where none was. */
    episode(loop: string, key: string): Promise<string | null>;
  };
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
