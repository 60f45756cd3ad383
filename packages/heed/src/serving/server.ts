import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Heed } from '../loop/index.ts';
import { closeGracefully } from './close.ts';
import { guardRequest } from './guard.ts';
import { collectOpenApi } from './openapi.ts';
import { handleErrors, problem, sendProblem } from './problem.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { decideRoutes } from './routes/decide.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { episodeRoutes } from './routes/episodes.ts';
import { eventRoutes } from './routes/events.ts';
import { exchangeRoutes } from './routes/exchange.ts';
import { feedbackRoutes } from './routes/feedback.ts';
import { healthRoutes } from './routes/health.ts';
import { jobRoutes } from './routes/jobs.ts';
import { loopRoutes } from './routes/loops.ts';
import { recordRoutes } from './routes/record.ts';
import type { RouteContext, Server } from './routes/route.ts';
import { createHotValidator } from './validation.ts';

export interface ServerOptions {
  /** Of any configuration: `Heed` itself would take those of no declared loop alone. */
  readonly heed: Pick<Heed, keyof Heed>;
  /** Told of every error that is the server's own. */
  readonly log?: ((line: string) => void) | undefined;
  /** Answer requests for loopback names only. Default true. */
  readonly loopbackOnly?: boolean | undefined;
  /** Origins, as `https://example.org`, whose pages may call every route. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Largest JSON body. Default 4 MiB. */
  readonly bodyLimitBytes?: number | undefined;
}

export const serverDefaults = { loopbackOnly: true, allowedOrigins: [], bodyLimitBytes: 4 * 1024 * 1024 } as const;

const routes = [
  decideRoutes,
  recordRoutes,
  feedbackRoutes,
  decisionRoutes,
  loopRoutes,
  artifactRoutes,
  jobRoutes,
  episodeRoutes,
  eventRoutes,
  exchangeRoutes,
  healthRoutes,
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
  } = { ...serverDefaults, ...withoutUndefined(options) };
  const server: Server = fastify({ bodyLimit: bodyLimitBytes }).withTypeProvider<ZodTypeProvider>();
  server.removeContentTypeParser('text/plain');
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
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    guardRequest(request, { loopbackOnly, allowedOrigins });
  });

  closeGracefully(server);
  await collectOpenApi(server);
  const context: RouteContext = { heed, log, hotValidator: createHotValidator() };
  // In a plugin of their own, as the document collects routes from the moment that it is loaded.
  await server.register(async (scope) => {
    for (const add of routes) add(scope.withTypeProvider<ZodTypeProvider>(), context);
    scope.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  });
  return server;
}

function withoutUndefined<Options extends object>(
  options: Options,
): { [Key in keyof Options]: Exclude<Options[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Options]: Exclude<Options[Key], undefined>;
  };
}
