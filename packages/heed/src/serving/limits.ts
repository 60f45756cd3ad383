import rateLimit from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HeedError } from '../spec/index.ts';
import type { Server } from './routes/route.ts';

/** Requests in a minute, each; `null`: any number. A batch counts as many as it holds. */
export interface RateLimits {
  readonly key?: number | null | undefined;
  readonly subject?: number | null | undefined;
  /** Of an address, on routes that take no key. */
  readonly address?: number | null | undefined;
}

export const rateLimitDefaults = { key: 600_000, subject: 600, address: 600 } as const;

/** Counters kept of each kind: beyond them the one unused for longest goes. */
const mostCounters = 50_000;

type Limiter = (name: string, times: number) => Promise<number | null>;

/** Counts requests of keys, subjects and addresses, in this process, and refuses those beyond the limits. */
export async function limitRates(server: Server, limits: RateLimits): Promise<void> {
  const { key: mostOfKey = null, subject: mostOfSubject = null, address: mostOfAddress = null } = limits;
  if (mostOfKey === null && mostOfSubject === null && mostOfAddress === null) return;
  await server.register(rateLimit, { global: false, cache: mostCounters });
  const key = limiter(server, mostOfKey);
  const subject = limiter(server, mostOfSubject);
  const address = limiter(server, mostOfAddress);

  server.addHook('preHandler', async (request, reply) => {
    const { access } = request.routeOptions.config ?? {};
    if (access === undefined || request.routeOptions.url === '/health') return;
    const items = itemsOf(request.body);
    if (access.scope === null) await require(address, `address ${request.ip}`, items.length, reply);
    else await require(key, `key ${request.caller?.key?.id ?? 'none'}`, items.length, reply);
    const counts = new Map<string, number>();
    for (const { subject: name } of items) if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [name, times] of counts) await require(subject, `subject ${name}`, times, reply);
  });
}

async function require(limit: Limiter | null, name: string, times: number, reply: FastifyReply): Promise<void> {
  const waitSeconds = (await limit?.(name, times)) ?? null;
  if (waitSeconds === null) return;
  reply.header('retry-after', String(waitSeconds));
  throw new HeedError(
    'rate-limited',
    `cannot take this request, as its ${name.split(' ')[0]} may ask only so often in a minute: it has asked oftener (come back in ${waitSeconds} s)`,
  );
}

/** Seconds until the next minute begins where the limit is passed; else `null`. */
function limiter(server: Server, most: number | null): Limiter | null {
  if (most === null) return null;
  const count = server.createRateLimit({
    max: most,
    timeWindow: 60_000,
    keyGenerator: (asked) => (asked as unknown as { readonly limited: string }).limited,
  });
  return async (name, times) => {
    // The limiter looks at nothing of a request but what names it, and one request may count several times.
    const asked = { limited: name, routeOptions: { config: {} } } as unknown as FastifyRequest;
    for (let time = 0; time < times; time += 1) {
      const result = await count(asked);
      if (!result.isAllowed && result.isExceeded) return Math.max(1, result.ttlInSeconds);
    }
    return null;
  };
}

/** The requests of a body: of a batch, each; else the body itself. */
function itemsOf(body: unknown): readonly { readonly subject?: unknown }[] {
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body)) return [{}];
  const batch: unknown = 'requests' in body ? body.requests : 'feedback' in body ? body.feedback : undefined;
  return Array.isArray(batch) ? (batch as readonly { readonly subject?: unknown }[]) : [body];
}
