import type { ApiKey, FeedbackKind, FeedbackValue, JsonValue } from '../spec/index.ts';
import type { ExportContent } from '../loop/index.ts';
import type {
  Audit,
  CandidateInput,
  ContextInput,
  DecideReply,
  DecideRequest,
  FeedbackInput,
  Heed,
  HeedConfig,
  HeedEvent,
  LimitedHeed,
  LoopName,
  MadeKey,
  NewKey,
  RecordRequest,
} from '../loop/index.ts';
import type { DecideOptions } from './decide.ts';
import type { ClientError } from './error.ts';
import type { LoopFallback } from './fallback.ts';
import type { QueueEntry, QueueStorage } from './queue.ts';

export interface ClientOptions<Config extends HeedConfig = HeedConfig> {
  /** Where the server answers, without `/v1`. */
  readonly url: string;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** Sent as `Authorization: Bearer …`. */
  readonly key?: string | undefined;
  /** Of every `decide`, in place of the loops' own. */
  readonly deadlineMs?: number | undefined;
  /** Of reads and operations. Default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Epoch milliseconds. Default: the machine's clock. */
  readonly clock?: (() => number) | undefined;
  /** What acts before the server has told of its loops; `config.loops` fits. */
  readonly fallbacks?: { readonly [Name in LoopName<Config>]?: LoopFallback | undefined } | undefined;
  /** Where writes that wait outlive the process. Default: nowhere. */
  readonly queue?: QueueStorage | undefined;
  /** Writes that may wait; beyond it the oldest is dropped. Default 10,000. */
  readonly queueLimit?: number | undefined;
  readonly onDrop?: ((entry: QueueEntry, reason: 'full' | 'refused', error?: ClientError) => void) | undefined;
  /** Told of what went wrong in the background. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** `queued`: the server was away; it will be sent. */
export interface RecordOutcome {
  readonly decision: string;
  readonly token: string | null;
  readonly status: 'accepted' | 'queued';
}

export interface FeedbackOutcome {
  readonly feedback: string | null;
  readonly status: 'accepted' | 'duplicate' | 'queued';
}

export interface ActivateOutcome {
  readonly activatedAt: string | null;
  readonly status: 'accepted' | 'queued';
}

/** What a token's holder says of its decision: by the loop's own `name`, or by `kind`. */
export interface Judgement {
  readonly name?: string | undefined;
  readonly kind?: FeedbackKind | undefined;
  readonly item?: string | undefined;
  readonly value?: FeedbackValue | JsonValue | undefined;
  readonly observedAt?: string | undefined;
}

export interface SubscribeOptions {
  readonly loop?: string | undefined;
  /** Events were missed: read again what you follow. */
  readonly onGap?: (() => void) | undefined;
  readonly onOpen?: (() => void) | undefined;
}

/** Every call of a Heed server, typed by the configuration that it runs. */
export interface Client<Config extends HeedConfig = HeedConfig> extends Pick<
  Heed,
  | 'loops'
  | 'subjects'
  | 'decisions'
  | 'feedbacks'
  | 'episodes'
  | 'artifacts'
  | 'experiments'
  | 'generations'
  | 'jobs'
  | 'webhooks'
  | 'health'
> {
  /** What evaluations found; `queue` lets a worker make one. */
  readonly evaluations: Heed['evaluations'];
  /** Items that decisions may name by their ids alone. */
  readonly items: Heed<Config>['items'];
  /** How new policies come into service. */
  readonly releases: LimitedHeed['releases'];
  /** Asks for the loops' descriptions, so that the first outage finds them known. False where the server is away. */
  prepare(): Promise<boolean>;
  /**
   * Decides within the loop's deadline. Where Heed is late or away, the loop's baseline acts, marked by `fallback`, and its record is queued.
   *
   * @throws ClientError where the request is wrong; never because the server is away.
   */
  decide<Name extends LoopName<Config>>(
    loop: Name,
    request: DecideRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>,
    options?: DecideOptions,
  ): Promise<DecideReply>;
  decideBatch<Name extends LoopName<Config>>(
    loop: Name,
    requests: readonly DecideRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>[],
    options?: DecideOptions,
  ): Promise<DecideReply[]>;
  record<Name extends LoopName<Config>>(
    loop: Name,
    request: RecordRequest<ContextInput<Config, Name>, CandidateInput<Config, Name>>,
  ): Promise<RecordOutcome>;
  feedback(requests: readonly FeedbackInput<Config>[]): Promise<FeedbackOutcome[]>;
  /** Judges the decision that the token came with: no key is needed, and pages of any site may. */
  judge(token: string, judgement: Judgement): Promise<FeedbackOutcome>;
  activate(decision: string): Promise<ActivateOutcome>;
  /** API keys. Who makes one is known from the key that asks. */
  readonly keys: {
    list(): Promise<ApiKey[]>;
    get(id: string): Promise<ApiKey>;
    create(request: Omit<NewKey, 'by'>): Promise<MadeKey>;
    /** The old one holds for `graceMs` more, in whole seconds; default: a day. */
    rotate(id: string, options?: { readonly graceMs?: number | undefined }): Promise<MadeKey>;
    revoke(id: string): Promise<ApiKey>;
  };
  readonly audit: Pick<Audit, 'list'>;
  readonly exchange: {
    import(format: 'jsonl' | 'parquet', bytes: Uint8Array): ReturnType<Heed['importRows']>;
    export(
      format: 'jsonl' | 'parquet',
      what: ExportContent,
      options?: { readonly loop?: string | undefined },
    ): Promise<Uint8Array>;
  };
  /** Calls back for what happens from now on, and reconnects by itself; returns how to stop. */
  subscribe(listener: (event: HeedEvent) => void, options?: SubscribeOptions): () => void;
  /** Tries now to send what waits. True when nothing waits any more. */
  flush(): Promise<boolean>;
  /** Writes that wait for the server. */
  readonly pending: number;
  /** Writes that were given up: the queue was full, or the server refused them. */
  readonly dropped: number;
  /** Stops sending and listening. What waits stays in the queue's storage; without one it is lost: `flush` first. */
  close(): Promise<void>;
}
