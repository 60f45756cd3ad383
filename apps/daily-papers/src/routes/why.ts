import type { FastifyInstance } from 'fastify';
import { messagePage } from '../pages/layout.ts';
import { whyBox, whyPage } from '../pages/why-page.ts';
import { readerOf } from '../reader.ts';
import type { Surroundings } from './surroundings.ts';

/** `/why/:decision/:paper`: why a paper stands where it does, told to the reader of that list alone. `?part=box` leaves the page around it out. */
export function whyRoutes(app: FastifyInstance, { store, ranker, newId }: Surroundings): void {
  app.get<{ Params: { decision: string; paper: string }; Querystring: { part?: string } }>(
    '/why/:decision/:paper',
    async (request, reply) => {
      const { decision, paper: id } = request.params;
      const shown = store.list(decision);
      const paper = store.paper(id);
      const mine =
        shown !== null &&
        paper !== null &&
        shown.reader === readerOf(request, reply, newId) &&
        shown.items.includes(paper.id);
      const reason = mine ? await ranker.reason(decision, paper.id) : null;
      reply.type('text/html; charset=utf-8').header('cache-control', 'no-store');
      if (paper === null || reason === null)
        return reply
          .code(404)
          .send(
            messagePage(
              'Nothing to tell',
              'That list was not made for you, or what made it cannot be reached right now.',
              'papers',
            ).text,
          );
      return reply.send(request.query.part === 'box' ? whyBox(reason).text : whyPage(paper, reason).text);
    },
  );
}
