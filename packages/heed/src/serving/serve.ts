import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { HeedError } from '../spec/index.ts';
import { createServer } from './server.ts';
import type { ServerOptions } from './server.ts';

export const serveDefaults = { host: '127.0.0.1', port: 4141 } as const;

export interface ServeOptions extends ServerOptions {
  /** Address to listen on. Default loopback only. */
  readonly host?: string | undefined;
  /** 0 picks a free one. Default 4141. */
  readonly port?: number | undefined;
}

export interface RunningServer {
  /** Where it answers, as `http://127.0.0.1:4141`. */
  readonly url: string;
  readonly server: FastifyInstance;
  /** Stops accepting, ends the streams, and waits for what is under way. */
  readonly close: () => Promise<void>;
}

/**
 * Serves a running Heed over HTTP.
 *
 * @throws Error `EADDRINUSE` where the port is taken.
 * @throws HeedError `key-required` where others than this machine could ask, and no key is there yet.
 * @example
 * const { url, close } = await serve({ heed, port: 0 });
 */
export async function serve({
  host = serveDefaults.host,
  port = serveDefaults.port,
  ...options
}: ServeOptions): Promise<RunningServer> {
  const loopbackOnly = options.loopbackOnly ?? isLoopback(host);
  if (!isLoopback(host) && options.keys !== 'required') await requireKeys(options, host);
  const server = await createServer({ ...options, loopbackOnly });
  await server.listen({ host, port });
  const { address, family, port: bound } = server.server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    server,
    close: async () => server.close(),
  };
}

/** Whoever reaches the address would be an operator: there has to be a key first. */
async function requireKeys({ heed, keys }: ServeOptions, host: string): Promise<void> {
  const live = (await heed.keys.list()).filter(({ endsWhy }) => endsWhy === null);
  if (live.length > 0 && keys !== 'optional') return;
  throw new HeedError(
    'key-required',
    `cannot listen on ${host}, as others than this machine may ask there only with a key: ${keys === 'optional' ? 'keys are optional' : 'there is none yet (`heed keys create` makes one)'}`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
