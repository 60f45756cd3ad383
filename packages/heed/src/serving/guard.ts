import type { FastifyRequest } from 'fastify';
import { HeedError } from '../spec/index.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Pages of other sites may call this route: what they need is in the token. */
    crossOrigin?: boolean;
  }
}

export interface GuardOptions {
  /** The server listens on a loopback address only, so that a request for another name was misled to it. */
  readonly loopbackOnly: boolean;
  /** Origins, as `https://example.org`, whose pages may call every route. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Refuses what a page of another site could make a browser send here: on loopback there is no other lock.
 * Names other than loopback ones come from DNS rebinding.
 *
 * @throws HeedError `forbidden`.
 */
export function guardRequest(
  { headers, routeOptions }: Pick<FastifyRequest, 'headers' | 'routeOptions'>,
  { loopbackOnly, allowedOrigins }: GuardOptions,
): void {
  const host = headers.host ?? '';
  if (loopbackOnly && !isLoopbackName(host)) {
    throw new HeedError(
      'forbidden',
      `cannot answer, as Host must be a loopback name (localhost, 127.0.0.1, [::1]): it is ${host === '' ? 'missing' : host}`,
    );
  }
  if (routeOptions.config?.crossOrigin === true) return;
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined) {
    if (allowedOrigins.includes(origin) || hostOf(origin) === host.toLowerCase()) return;
    throw new HeedError(
      'forbidden',
      `cannot answer, as Origin must be this server's own or an allowed one: it is ${origin}`,
    );
  }
  if (site === 'cross-site')
    throw new HeedError(
      'forbidden',
      'cannot answer, as a page of another site may not ask: Sec-Fetch-Site is cross-site',
    );
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function isLoopbackName(host: string): boolean {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
