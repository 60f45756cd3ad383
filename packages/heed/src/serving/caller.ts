import type { FastifyRequest } from 'fastify';
import { HeedError } from '../spec/index.ts';
import type { ApiKey, Scope } from '../spec/index.ts';
import type { Heed, LimitedHeed } from '../loop/index.ts';
import type { RouteAccess } from './access.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** As `access.ts` says it. */
    access?: RouteAccess;
    operation?: string;
    /** The key may come as `Ocp-Apim-Subscription-Key` too. */
    subscriptionKey?: boolean;
  }
  interface FastifyRequest {
    /** Heed as this caller may see it. */
    heed: LimitedHeed;
    /** Who asks; `null` where the route is open to everybody, or nobody was let in. */
    caller: Caller | null;
  }
}

/** Who asks. */
export interface Caller {
  /** The key's name, or `loopback`. */
  readonly who: string;
  readonly key: ApiKey | null;
  /** Rejects once the key does not hold any more. */
  readonly recheck: () => Promise<void>;
}

export type KeyPolicy = 'optional' | 'required';

const loopback: Caller = { who: 'loopback', key: null, recheck: async () => undefined };

/**
 * Finds out who asks, and what of Heed they see.
 *
 * @returns a hook that throws `key-required`, `key-invalid`, or `forbidden` where the key lacks the route's scope.
 */
export function createDoor(heed: Heed, policy: KeyPolicy): (request: FastifyRequest) => Promise<void> {
  /** One view for all keys of the same loops. */
  const views = new Map<string, LimitedHeed>();

  function viewOf(loops: readonly string[]): LimitedHeed {
    const name = JSON.stringify(loops.toSorted((a, b) => (a < b ? -1 : 1)));
    const view = views.get(name) ?? heed.limitTo(loops);
    views.set(name, view);
    return view;
  }

  async function letIn(authorization: string, scope: Scope): Promise<ApiKey> {
    const secret = /^bearer +(\S{1,200})$/i.exec(authorization)?.[1];
    if (secret === undefined)
      throw new HeedError(
        'key-invalid',
        'cannot let this request in, as Authorization must be "Bearer" and a key: it is not',
      );
    const key = await heed.keys.authenticate(secret);
    if (key.scopes.includes(scope)) return key;
    throw new HeedError(
      'forbidden',
      `cannot let this request in, as its key must have the scope ${scope}: it has ${key.scopes.join(', ')}`,
    );
  }

  return async (request) => {
    request.heed = heed;
    const scope = request.routeOptions.config?.access?.scope ?? null;
    if (scope === null) return;
    const authorization = authorizationOf(request);
    if (authorization === undefined) {
      if (policy === 'required')
        throw new HeedError(
          'key-required',
          'cannot let this request in, as it must carry a key (Authorization: Bearer …): it carries none',
        );
      request.caller = loopback;
      return;
    }
    const key = await letIn(authorization, scope);
    request.caller = { who: key.name, key, recheck: async () => void (await letIn(authorization, scope)) };
    if (key.loops !== null) request.heed = viewOf(key.loops);
  };
}

function authorizationOf({ headers, routeOptions }: FastifyRequest): string | undefined {
  const { authorization, 'ocp-apim-subscription-key': key } = headers;
  if (authorization !== undefined || key === undefined || routeOptions.config?.subscriptionKey !== true)
    return authorization;
  return `Bearer ${[key].flat().join(' ')}`;
}
