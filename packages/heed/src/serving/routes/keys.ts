import { z } from 'zod';
import { apiKey, keyList, madeKey } from '../replies.ts';
import { idParams, newKeySchema } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['keys'];
const longestGraceSeconds = 90 * 86_400;

/** API keys. */
export function keyRoutes(server: Server): void {
  server.get(
    '/v1/keys',
    {
      schema: {
        operationId: 'listKeys',
        tags,
        summary: 'List keys',
        description: 'Every key that ever was, oldest first, with its last use to the minute; never a secret.',
        response: replies(200, keyList),
      },
    },
    async ({ heed }) => ({ keys: await heed.keys.list() }),
  );

  server.post(
    '/v1/keys',
    {
      schema: {
        operationId: 'createKey',
        tags,
        summary: 'Make a key',
        description:
          'Its secret is in the answer and nowhere else. `loops` restricts it: what is of another loop then does not exist for it.',
        body: newKeySchema,
        response: replies(201, madeKey),
      },
    },
    async ({ body, heed, caller }, reply) =>
      reply.code(201).send(await heed.keys.create({ ...body, by: caller?.who ?? 'unknown' })),
  );

  server.get(
    '/v1/keys/:id',
    {
      schema: {
        operationId: 'getKey',
        tags,
        summary: 'Show a key',
        description: 'What it may do, until when it holds, and when it was used last.',
        params: idParams,
        response: replies(200, apiKey),
      },
    },
    async ({ params, heed }) => heed.keys.get(params.id),
  );

  server.post(
    '/v1/keys/:id/rotate',
    {
      schema: {
        operationId: 'rotateKey',
        tags,
        summary: 'Rotate a key',
        description:
          'Makes a key of the same scopes and loops. The old one holds for `graceSeconds` more (default: a day).',
        params: idParams,
        querystring: z.strictObject({
          graceSeconds: z.coerce.number().int().min(0).max(longestGraceSeconds).optional(),
        }),
        response: replies(201, madeKey),
      },
    },
    async ({ params, query: { graceSeconds }, heed, caller }, reply) =>
      reply.code(201).send(
        await heed.keys.rotate(params.id, {
          by: caller?.who ?? 'unknown',
          graceMs: graceSeconds === undefined ? undefined : graceSeconds * 1_000,
        }),
      ),
  );

  server.post(
    '/v1/keys/:id/revoke',
    {
      schema: {
        operationId: 'revokeKey',
        tags,
        summary: 'Revoke a key',
        description: 'Every serving process refuses it within two seconds, and ends the streams opened with it.',
        params: idParams,
        response: replies(200, apiKey),
      },
    },
    async ({ params, heed }) => heed.keys.revoke(params.id),
  );
}
