import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { judge } from '../judge.ts';
import { messagePage } from '../pages/layout.ts';
import { reactionKinds } from '../reaction.ts';
import { readerOf } from '../reader.ts';
import type { Surroundings } from './surroundings.ts';

const formSchema = z.object({
  paper: z.string().min(1).max(200),
  reaction: z.enum([...reactionKinds, 'none']),
  decision: z.string().max(100).default(''),
  from: z.string().max(300).default('/'),
});

/** `POST /reactions`: what a reader says of a paper; answers a form with the page it came from, a script with what stands now. */
export function reactionRoutes(app: FastifyInstance, { store, ranker, clock, newId }: Surroundings): void {
  app.post('/reactions', async (request, reply) => {
    const form = formSchema.safeParse(request.body);
    const paper = form.success ? store.paper(form.data.paper) : null;
    if (!form.success || paper === null)
      return reply
        .code(400)
        .type('text/html; charset=utf-8')
        .send(
          messagePage('Not understood', 'A reaction names a paper of this page, and is an upvote, love or a dismissal.')
            .text,
        );
    const { reaction, decision, from } = form.data;
    const judgement = judge(store, {
      reader: readerOf(request, reply, newId),
      paper: paper.id,
      reaction,
      decision: decision === '' ? null : decision,
      at: clock(),
    });
    if (judgement !== null) await ranker.react(judgement);
    if (request.headers.accept?.includes('application/json') === true)
      return reply.send({ paper: paper.id, reaction, upvotes: store.paper(paper.id)?.upvotes ?? 0 });
    return reply.redirect(`${ownPath(from)}#${paper.id}`, 303);
  });
}

/** Only addresses of this page: `//elsewhere` and `/\elsewhere` are other sites. */
export function ownPath(path: string): string {
  return /^\/(?![/\\])[\w\-/?=&.%]*$/.test(path) ? path : '/';
}
