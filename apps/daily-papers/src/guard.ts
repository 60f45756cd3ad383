import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messagePage } from './pages/layout.ts';

/** Host names that the page answers to where none are given: those of this machine alone. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

const headers: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: with it browsers send `Origin: null`, and forms of this very page would be refused.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * Answers only under the host names given, so that no other site can point its name here; takes writes only from pages of the
 * same origin; sets headers that forbid foreign and inline scripts.
 */
export function guard(app: FastifyInstance, hosts: readonly string[]): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    const refused = !hosts.includes(hostName(request))
      ? 'This page does not answer under that name.'
      : isWrite(request) && !isSameOrigin(request)
        ? 'Only forms of this page can change anything here.'
        : null;
    if (refused !== null)
      return reply.code(403).type('text/html; charset=utf-8').send(messagePage('Refused', refused).text);
    return undefined;
  });
}

function hostName({ headers: { host = '' } }: FastifyRequest): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

function isWrite({ method }: FastifyRequest): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Browsers send `Origin` with every write; what sends none is no form of this page. */
function isSameOrigin({ headers: { origin, host } }: FastifyRequest): boolean {
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
