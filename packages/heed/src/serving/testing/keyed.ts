import type { FastifyInstance } from 'fastify';
import type { Heed } from '../../loop/index.ts';
import type { Scope } from '../../spec/index.ts';

export const allScopes: readonly Scope[] = ['decide', 'feedback', 'read', 'operate'];

export interface Operation {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
}

/** Every operation of the server's document. */
export function operationsOf(server: FastifyInstance): Operation[] {
  const { paths } = server.swagger() as unknown as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({
      operationId,
      method: method.toUpperCase() as Operation['method'],
      path,
    })),
  );
}

/** The headers of a new key. */
export async function keyHeaders(
  heed: Pick<Heed, 'keys'>,
  scopes: readonly Scope[] = allScopes,
  loops?: readonly string[],
): Promise<{ authorization: string }> {
  const { secret } = await heed.keys.create({ name: loops?.join(' ') ?? 'all', scopes, loops, by: 'a test' });
  return { authorization: `Bearer ${secret}` };
}
