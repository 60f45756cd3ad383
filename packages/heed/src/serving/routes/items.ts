import { z } from 'zod';
import { itemSchema } from '../../spec/index.ts';
import { itemDetail, itemList, itemPage, takenOff } from '../replies.ts';
import { itemsSchema, loopParams } from '../requests.ts';
import { replies } from './route.ts';
import type { Server } from './route.ts';

const tags = ['items'];
const params = loopParams.extend({ item: itemSchema });

/** Registered items, which decisions name by their ids alone. */
export function itemRoutes(server: Server): void {
  server.put(
    '/v1/loops/:loop/items',
    {
      schema: {
        operationId: 'putItems',
        tags,
        summary: 'Register items',
        description:
          'Registers items with the features that a candidate of the loop has, or gives them other features, which make a new version: all of them, or none. Every serving process uses the newest version within seconds; decisions that were made keep theirs.',
        params: loopParams,
        body: itemsSchema,
        response: replies(200, itemList),
      },
    },
    async ({ params: { loop }, body, heed }) => ({ items: await heed.items.put(loop, body.items) }),
  );

  server.get(
    '/v1/loops/:loop/items',
    {
      schema: {
        operationId: 'listItems',
        tags,
        summary: 'List registered items',
        description: 'By name, with their newest features.',
        params: loopParams,
        querystring: z.strictObject({
          after: itemSchema.optional(),
          limit: z.coerce.number().int().min(1).max(1_000).optional(),
        }),
        response: replies(200, itemPage),
      },
    },
    async ({ params: { loop }, query, heed }) => heed.items.list(loop, query),
  );

  server.get(
    '/v1/loops/:loop/items/:item',
    {
      schema: {
        operationId: 'getItem',
        tags,
        summary: 'Show a registered item',
        description: 'Its newest features, and every version that it has had.',
        params,
        response: replies(200, itemDetail),
      },
    },
    async ({ params: { loop, item }, heed }) => heed.items.get(loop, item),
  );

  server.delete(
    '/v1/loops/:loop/items/:item',
    {
      schema: {
        operationId: 'deleteItem',
        tags,
        summary: 'Take a registered item off',
        description: 'New decisions cannot name it any more; those that were made keep it.',
        params,
        response: replies(200, takenOff),
      },
    },
    async ({ params: { loop, item }, heed }) => heed.items.delete(loop, item),
  );
}
