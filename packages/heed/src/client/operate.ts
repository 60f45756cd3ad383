import type {
  ApiKey,
  Artifact,
  Episode,
  EvaluationReport,
  Experiment,
  Explanation,
  Feedback,
  Job,
  Release,
} from '../spec/index.ts';
import type {
  CandidateStatus,
  DeadWebhook,
  DecisionDetail,
  DryRun,
  ExperimentDetail,
  Heed,
  Item,
  ItemDetail,
  LoopStatus,
  MadeKey,
  ReplayReport,
  SubjectDeletion,
  SubjectHoldings,
} from '../loop/index.ts';
import type { Transport } from './transport.ts';
import type { Client } from './types.ts';

type Query = { readonly [field: string]: string | number | undefined };

const mediaTypes = { jsonl: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' } as const;

/** Reading and operating: one call, one route. */
export function createOperations(
  transport: Transport,
  timeoutMs: number,
  onLoops: (statuses: readonly LoopStatus[]) => void,
): Pick<
  Client,
  | 'loops'
  | 'items'
  | 'subjects'
  | 'decisions'
  | 'feedbacks'
  | 'episodes'
  | 'artifacts'
  | 'releases'
  | 'experiments'
  | 'webhooks'
  | 'jobs'
  | 'evaluations'
  | 'generations'
  | 'keys'
  | 'audit'
  | 'health'
  | 'exchange'
> {
  const options = { timeoutMs };
  const get = <Reply>(path: string, query: Query = {}): Promise<Reply> =>
    transport.call('GET', path + search(query), undefined, options);
  const post = <Reply>(path: string, body?: unknown): Promise<Reply> => transport.call('POST', path, body, options);

  return {
    loops: {
      async list() {
        const { loops } = await get<{ loops: LoopStatus[] }>('/v1/loops');
        onLoops(loops);
        return loops;
      },
      get: (name) => get(`/v1/loops/${part(name)}`),
    },
    items: {
      put: async (loop, items) =>
        (await transport.call<{ items: Item[] }>('PUT', `/v1/loops/${part(loop)}/items`, { items }, options)).items,
      get: (loop, item) => get<ItemDetail>(`/v1/loops/${part(loop)}/items/${part(item)}`),
      list: (loop, query) => get(`/v1/loops/${part(loop)}/items`, { ...query }),
      delete: (loop, item) =>
        transport.call('DELETE', `/v1/loops/${part(loop)}/items/${part(item)}`, undefined, options),
    },
    subjects: {
      get: (id, query) => get<SubjectHoldings>(`/v1/subjects/${part(id)}`, { ...query }),
      delete: (id) => transport.call<SubjectDeletion>('DELETE', `/v1/subjects/${part(id)}`, undefined, options),
    },
    decisions: {
      get: (id) => get<DecisionDetail>(`/v1/decisions/${part(id)}`),
      list: (query) => get('/v1/decisions', { ...query }),
      explain: async (id, query) =>
        (await get<{ explanations: Explanation[] }>(`/v1/decisions/${part(id)}/explanation`, { ...query }))
          .explanations,
      replay: (id) => post<ReplayReport>(`/v1/decisions/${part(id)}/replay`),
    },
    feedbacks: {
      get: (id) => get<Feedback>(`/v1/feedback/${part(id)}`),
      list: (query) => get('/v1/feedback', { ...query }),
    },
    episodes: {
      start: (request) => post<Episode>('/v1/episodes', request),
      end: (id, request) => post<Episode>(`/v1/episodes/${part(id)}/end`, request),
      get: (id) => get<Episode>(`/v1/episodes/${part(id)}`),
      list: (query) => get('/v1/episodes', { ...query }),
    },
    artifacts: {
      get: (id) => get<Artifact>(`/v1/artifacts/${part(id)}`),
      list: (query) => get('/v1/artifacts', { ...query }),
      releases: async (loop) => (await get<{ releases: Release[] }>(`/v1/loops/${part(loop)}/releases`)).releases,
      promote: (id, reason) => post<Release>(`/v1/artifacts/${part(id)}/promote`, reason),
      rollback: (loop, reason) => post<Release>(`/v1/loops/${part(loop)}/rollback`, reason),
    },
    releases: {
      candidate: async (loop) =>
        (await get<{ candidate: CandidateStatus | null }>(`/v1/loops/${part(loop)}/candidate`)).candidate,
      pass: (loop, reason) => post<Release>(`/v1/loops/${part(loop)}/candidate/advance`, reason),
      reject: (loop, reason) => post<Release>(`/v1/loops/${part(loop)}/candidate/abort`, reason),
      dryRun: (artifact, query) => get<DryRun>(`/v1/artifacts/${part(artifact)}/dry-run`, { ...query }),
      evidence: (release) => get<EvaluationReport>(`/v1/releases/${part(release)}/evidence`),
    },
    experiments: {
      list: (query) => get('/v1/experiments', { ...query }),
      get: (id) => get<ExperimentDetail>(`/v1/experiments/${part(id)}`),
      start: (request) => post<Experiment>('/v1/experiments', request),
      stop: (id, reason) => post<Experiment>(`/v1/experiments/${part(id)}/stop`, reason),
      conclude: (id, request) => post<Experiment>(`/v1/experiments/${part(id)}/conclude`, request),
    },
    webhooks: {
      dead: async () => (await get<{ webhooks: DeadWebhook[] }>('/v1/webhooks/dead')).webhooks,
    },
    jobs: {
      get: (id) => get<Job>(`/v1/jobs/${part(id)}`),
      list: (query) => get('/v1/jobs', { ...query }),
      train: (loop) => post<Job>(`/v1/loops/${part(loop)}/train`),
    },
    evaluations: {
      get: (id) => get<EvaluationReport>(`/v1/evaluations/${part(id)}`),
      list: (query) => get('/v1/evaluations', { ...query }),
      queue: (loop, request) => post<Job>('/v1/evaluations', { loop, ...request }),
    },
    generations: (loop, query) => get(`/v1/loops/${part(loop)}/generations`, { ...query }),
    keys: {
      list: async () => (await get<{ keys: ApiKey[] }>('/v1/keys')).keys,
      get: (id) => get<ApiKey>(`/v1/keys/${part(id)}`),
      create: (request) => post<MadeKey>('/v1/keys', request),
      rotate: (id, { graceMs } = {}) =>
        post<MadeKey>(
          `/v1/keys/${part(id)}/rotate${search({ graceSeconds: graceMs === undefined ? undefined : Math.ceil(graceMs / 1_000) })}`,
        ),
      revoke: (id) => post<ApiKey>(`/v1/keys/${part(id)}/revoke`),
    },
    audit: { list: (query) => get('/v1/audit', { ...query }) },
    health: () => get<Awaited<ReturnType<Heed['health']>>>('/health'),
    exchange: {
      import: (format, content) =>
        transport.call('POST', `/v1/import?format=${format}`, undefined, {
          timeoutMs: Infinity,
          bytes: { mediaType: mediaTypes[format], content },
        }),
      export: (format, what, query) =>
        transport.download(`/v1/export${search({ format, what, ...query })}`, { timeoutMs: Infinity }),
    },
  };
}

function part(value: string): string {
  return encodeURIComponent(value);
}

function search(query: Query): string {
  const given = Object.entries(query).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
