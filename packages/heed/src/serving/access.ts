import type { FastifyRequest, RouteOptions } from 'fastify';
import type { Scope } from '../spec/index.ts';

/** What a route asks of its caller, and what of it is written into the audit. */
export interface RouteAccess {
  /** `null`: anybody may ask. */
  readonly scope: Scope | null;
  readonly audit?: AuditRule;
}

export interface AuditRule {
  /** The parameter that names what it is done to. A subject is never written down: it may ask to be forgotten. */
  readonly on: 'id' | 'loop' | null;
  /** Fields of the query and the body that are kept. */
  readonly keep: readonly string[];
}

const open: RouteAccess = { scope: null };
const decide: RouteAccess = { scope: 'decide' };
const feedback: RouteAccess = { scope: 'feedback' };
const read: RouteAccess = { scope: 'read' };
const operate = (on: AuditRule['on'], ...keep: string[]) =>
  ({ scope: 'operate', audit: { on, keep } }) as const satisfies RouteAccess;

/** Every operation by its id, with the scope that it takes. A server with a route that is not here does not start. */
export const routeAccess: { readonly [operation: string]: RouteAccess } = {
  decide,
  decideBatch: decide,
  record: decide,
  recordBatch: decide,
  activateDecision: decide,
  startEpisode: decide,
  endEpisode: decide,
  feedback,
  giveTokenFeedback: open,
  listDecisions: read,
  getDecision: read,
  explainDecision: read,
  replayDecision: read,
  listFeedback: read,
  getFeedback: read,
  listLoops: read,
  getLoop: read,
  listReleases: read,
  listArtifacts: read,
  getArtifact: read,
  listJobs: read,
  getJob: read,
  evaluate: operate(null, 'loop', 'artifact', 'from', 'to'),
  listEvaluations: read,
  getEvaluation: read,
  listGenerations: read,
  getEpisode: read,
  listEpisodes: read,
  events: read,
  exportRows: read,
  promote: operate('id', 'by', 'why'),
  rollback: operate('loop', 'by', 'why'),
  getCandidate: read,
  advanceCandidate: operate('loop', 'by', 'why'),
  abortCandidate: operate('loop', 'by', 'why'),
  getEvidence: read,
  // It takes a while: who may only read does not keep the server busy with it.
  dryRun: { scope: 'operate' },
  listExperiments: read,
  getExperiment: read,
  startExperiment: operate(null, 'loop', 'name', 'by', 'why'),
  stopExperiment: operate('id', 'by', 'why'),
  concludeExperiment: operate('id', 'winner', 'by', 'why'),
  train: operate('loop'),
  importRows: operate(null, 'format'),
  createKey: operate(null, 'name', 'scopes', 'loops'),
  listKeys: { scope: 'operate' },
  getKey: { scope: 'operate' },
  rotateKey: operate('id', 'graceSeconds'),
  revokeKey: operate('id'),
  listAudit: { scope: 'operate' },
  listDeadWebhooks: { scope: 'operate' },
  getSubject: { scope: 'operate' },
  deleteSubject: operate(null),
  putItems: operate('loop'),
  listItems: read,
  getItem: read,
  deleteItem: operate('loop'),
  personalizerRank: decide,
  personalizerActivate: decide,
  personalizerReward: feedback,
  personalizerMultiSlotRank: decide,
  personalizerMultiSlotActivate: decide,
  personalizerMultiSlotReward: feedback,
  health: open,
  metrics: read,
};

/** Routes outside the document, by method and path. */
const hiddenAccess: { readonly [route: string]: RouteAccess } = {
  'OPTIONS /v1/feedback/token': open,
  'GET /openapi.json': open,
  'HEAD /openapi.json': open,
};

/**
 * What a route that is added asks for.
 *
 * @throws TypeError where nobody has said so.
 */
export function accessOfRoute({ method, url, schema }: Pick<RouteOptions, 'method' | 'url' | 'schema'>): {
  readonly operation: string;
  readonly access: RouteAccess;
} {
  const operation = schema?.operationId;
  const methods = [method].flat();
  const route = `${methods.join(' ')} ${url}`;
  const access = operation === undefined ? hiddenAccess[route] : routeAccess[operation];
  if (access === undefined)
    throw new TypeError(
      `cannot add the route ${route}, as access.ts must say which scope it takes: it does not know ${operation ?? 'the route'}`,
    );
  const writes = methods.some((each) => each !== 'GET' && each !== 'HEAD');
  if (access.scope === 'operate' && writes && access.audit === undefined)
    throw new TypeError(`cannot add the route ${route}, as access.ts must say what of it the audit keeps: it does not`);
  return { operation: operation ?? route, access };
}

/** Characters of a text, and texts of a list, that the audit keeps: who is refused fills no disk with it. */
const mostCharacters = 2_000;
const mostTexts = 100;

/** A text of a request, right or wrong, as PostgreSQL can hold it. */
export function storable(text: string): string {
  return text.slice(0, mostCharacters).replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/** What of a request the audit keeps; it may be one that was refused, and hold anything. */
export function keptOf({ keep }: AuditRule, { query, body }: Pick<FastifyRequest, 'query' | 'body'>) {
  const given: { readonly [field: string]: unknown } = {
    ...(query as object),
    ...(Buffer.isBuffer(body) ? {} : (body as object | undefined)),
  };
  return Object.fromEntries(
    keep.flatMap((field): [string, string | number | string[]][] => {
      const value = given[field];
      if (typeof value === 'number') return [[field, value]];
      if (typeof value === 'string') return [[field, storable(value)]];
      if (!Array.isArray(value)) return [];
      const texts = value.slice(0, mostTexts).filter((inner) => typeof inner === 'string');
      return [[field, texts.map(storable)]];
    }),
  );
}
