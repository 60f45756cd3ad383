import type { FastifyInstance } from 'fastify';

/** Ports tried after the usual one. */
const tries = 20;

/**
 * Listens on this machine alone: on the port asked for, or on the first free one from `usualPort` on.
 *
 * @returns the address.
 * @throws {Error} When the port asked for, or all those tried, are taken.
 */
export async function listen(
  app: FastifyInstance,
  { port, usualPort }: { readonly port: number | null; readonly usualPort: number },
): Promise<string> {
  const host = '127.0.0.1';
  if (port !== null) {
    return app.listen({ host, port }).catch((cause: unknown) => {
      if (!isTaken(cause)) throw cause;
      throw new Error(`cannot open the page, as HEED_PAPERS_PORT must be a free port: ${port} is taken`, { cause });
    });
  }
  for (let next = usualPort; next < usualPort + tries; next++) {
    try {
      return await app.listen({ host, port: next });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new Error(
    `cannot open the page, as one of the ports ${usualPort} to ${usualPort + tries - 1} must be free: all are taken (HEED_PAPERS_PORT names another)`,
  );
}

/** Reads a port as given by the environment; `null` where none is given. */
export function readPort(text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`cannot open the page, as HEED_PAPERS_PORT must be a port from 0 to 65535: it is ${text}`);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
