import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { guard, loopbackHosts } from './guard.ts';
import { messagePage } from './pages/layout.ts';
import { assetRoutes } from './routes/assets.ts';
import { importRoutes } from './routes/import.ts';
import { listRoutes } from './routes/list.ts';
import { operatorRoutes } from './routes/operator.ts';
import { reactionRoutes } from './routes/reactions.ts';
import type { Surroundings } from './routes/surroundings.ts';
import { whyRoutes } from './routes/why.ts';

export interface AppOptions extends Surroundings {
  /** Host names, without ports, that the page answers to. Default: those of this machine. */
  readonly hosts?: readonly string[] | undefined;
  /** Told of errors that a reader was not to see in full. */
  readonly log?: ((line: string) => void) | undefined;
}

/** The whole page as a server that is not listening yet. */
export async function createApp({
  hosts = loopbackHosts,
  log = () => undefined,
  ...surroundings
}: AppOptions): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true });
  await app.register(cookie);
  await app.register(formbody, { bodyLimit: 2 * 1024 * 1024 });
  guard(app, hosts);
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const said =
      status === 503
        ? 'Heed does not answer right now. The papers can be read meanwhile.'
        : status === 413
          ? 'That was too long: two megabytes are the most.'
          : 'That did not work.';
    return reply.code(status).type('text/html; charset=utf-8').send(messagePage('Sorry', said).text);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('text/html; charset=utf-8')
      .send(messagePage('Not found', 'There is nothing at this address.').text),
  );
  assetRoutes(app);
  listRoutes(app, surroundings);
  reactionRoutes(app, surroundings);
  whyRoutes(app, surroundings);
  importRoutes(app, surroundings);
  operatorRoutes(app, surroundings);
  return app;
}

/** A refusal by Heed is a mistake of this page's, never of its reader's: only its absence is told apart. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 500;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return 'status' in error && Number(error.status) >= 500 ? 503 : 500;
}
