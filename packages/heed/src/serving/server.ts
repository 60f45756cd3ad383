import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Heed } from '../loop/index.ts';
import { withoutUndefined } from '../spec/index.ts';
import { accessOfRoute } from './access.ts';
import { auditOperators } from './auditing.ts';
import { readBodies, requireMediaType } from './bodies.ts';
import { createDoor } from './caller.ts';
import type { KeyPolicy } from './caller.ts';
import { closeGracefully } from './close.ts';
import { connectionOptions, timeoutDefaults } from './connections.ts';
import type { Timeouts } from './connections.ts';
import { guardRequest } from './guard.ts';
import { limitRates, rateLimitDefaults } from './limits.ts';
import type { RateLimits } from './limits.ts';
import { observeRequests } from './observe/observing.ts';
import type { RequestLine } from './observe/request-log.ts';
import { collectOpenApi } from './openapi.ts';
import { allowOrigin } from './origins.ts';
import { handleErrors, problem, sendProblem } from './problem.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { auditRoutes } from './routes/audit.ts';
import { decideRoutes } from './routes/decide.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { episodeRoutes } from './routes/episodes.ts';
import { evaluationRoutes } from './routes/evaluations.ts';
import { eventRoutes } from './routes/events.ts';
import { exchangeRoutes } from './routes/exchange.ts';
import { experimentRoutes } from './routes/experiments.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes } from './routes/health.ts';
import { itemRoutes } from './routes/items.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { loopRoutes } from './routes/loops.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { recordRoutes } from './routes/record.ts';
import { releaseRoutes } from './routes/releases.ts';
import { subjectRoutes } from './routes/subjects.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { RouteContext, Server } from './routes/route.ts';
import { securityHeaders } from './security-headers.ts';
import { shedLoad } from './shedding.ts';
import { uploadDefaults } from './uploads.ts';
import type { UploadLimits } from './uploads.ts';
import { createHotValidator } from './validation.ts';
import { personalizerRoutes } from './personalizer/routes.ts';

export interface ServerOptions {
  /** Of any configuration: `Heed` itself would take those of no declared loop alone. */
  readonly heed: Pick<Heed, keyof Heed>;
  /** Told of every error that is the server's own. */
  readonly log?: ((line: string) => void) | undefined;
  /** Told of every answer: nothing of what was asked. */
  readonly logRequest?: ((line: RequestLine) => void) | undefined;
  /** Answer requests for loopback names only. Default true. */
  readonly loopbackOnly?: boolean | undefined;
  /** Origins, as `https://example.org`, whose pages may call every route. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Largest JSON body. Default 4 MiB. */
  readonly bodyLimitBytes?: number | undefined;
  /** Arrays and objects in a JSON body are nested at most this deep. Default 32. */
  readonly mostLevels?: number | undefined;
  /** Whether every request must carry a key. Default: only where others than this machine may ask. */
  readonly keys?: KeyPolicy | undefined;
  /** Requests in a minute; `null`: any number. Default, of each: none on loopback, else that of `rateLimitDefaults`. */
  readonly rateLimits?: RateLimits | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  readonly uploads?: Partial<UploadLimits> | undefined;
  /** Streams of events that may be open at the same time. Default 1,000. */
  readonly mostStreams?: number | undefined;
  /** New requests are refused while the event loop is later than this for a second. Default 500; 0: never. */
  readonly maxEventLoopDelayMs?: number | undefined;
}

export const serverDefaults = {
  loopbackOnly: true,
  allowedOrigins: [],
  bodyLimitBytes: 4 * 1024 * 1024,
  mostLevels: 32,
  maxEventLoopDelayMs: 500,
  mostStreams: 1_000,
} as const;

const routes = [
  decideRoutes,
  recordRoutes,
  feedbackRoutes,
  decisionRoutes,
  loopRoutes,
  artifactRoutes,
  releaseRoutes,
  experimentRoutes,
  jobRoutes,
  evaluationRoutes,
  episodeRoutes,
  eventRoutes,
  exchangeRoutes,
  itemRoutes,
  subjectRoutes,
  keyRoutes,
  auditRoutes,
  webhookRoutes,
  healthRoutes,
  metricsRoutes,
];

/**
 * Makes the HTTP server over a running Heed; it listens when told to. Closing it ends its streams and lets what is under way finish;
 * the Heed stays open.
 *
 * @example
 * const server = await createServer({ heed });
 * const { statusCode } = await server.inject('/health');
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const {
    heed,
    log = () => undefined,
    loopbackOnly,
    allowedOrigins,
    bodyLimitBytes,
    mostLevels,
    maxEventLoopDelayMs,
    mostStreams,
  } = { ...serverDefaults, ...withoutUndefined(options) };
  const whole = heed as Heed;
  const letIn = createDoor(whole, options.keys ?? (loopbackOnly ? 'optional' : 'required'));
  const timeouts = { ...timeoutDefaults, ...withoutUndefined(options.timeouts ?? {}) };
  const server: Server = fastify({
    bodyLimit: bodyLimitBytes,
    // Subjects and items are named in paths, escaped: 512 characters may take 12 bytes each.
    routerOptions: { maxParamLength: 6_144 },
    // A path that is no text is refused before there is a route.
    frameworkErrors: (error, request, reply) => void handleErrors(log)(error, request, reply),
    ...connectionOptions(timeouts),
  }).withTypeProvider<ZodTypeProvider>();
  readBodies(server, mostLevels);
  server.setValidatorCompiler(validatorCompiler);
  // Replies are typed where they are made; to validate them again would cost more than to make them.
  server.setSerializerCompiler(() => JSON.stringify);
  server.setErrorHandler(handleErrors(log));
  server.setNotFoundHandler(({ method, url }, reply) =>
    sendProblem(
      reply,
      problem('not-found', 404, `cannot answer, as the route must exist: ${method} ${url.split('?')[0]} does not`),
    ),
  );
  const metrics = observeRequests(server, whole, options.logRequest);
  server.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeaders(securityHeaders as Map<string, string>);
    reply.header('cache-control', 'no-store');
    guardRequest(request, { loopbackOnly, allowedOrigins });
    if (allowOrigin(request, reply, allowedOrigins)) return reply;
    await letIn(request);
    requireMediaType(request);
    return undefined;
  });
  server.decorateRequest('caller', null);
  server.decorateRequest('heed');
  server.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...accessOfRoute(route) };
  });
  if (maxEventLoopDelayMs > 0) await shedLoad(server, maxEventLoopDelayMs);
  await limitRates(server, {
    ...(loopbackOnly ? {} : rateLimitDefaults),
    ...withoutUndefined(options.rateLimits ?? {}),
  });
  auditOperators(server, whole, log);

  closeGracefully(server);
  await collectOpenApi(server);
  const uploads = { ...uploadDefaults, ...withoutUndefined(options.uploads ?? {}) };
  const context: RouteContext = { uploads, mostStreams, log, metrics, hotValidator: createHotValidator() };
  // In a plugin of their own, as the document collects routes from the moment that it is loaded.
  await server.register(async (scope) => {
    for (const add of routes) add(scope.withTypeProvider<ZodTypeProvider>(), context);
    scope.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  });
  const { personalizer } = whole as Partial<Heed>;
  if (personalizer !== undefined && personalizer !== null)
    await server.register(async (scope) =>
      personalizerRoutes(scope.withTypeProvider<ZodTypeProvider>(), context, personalizer),
    );
  return server;
}
