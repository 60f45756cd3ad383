import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isDay } from '../import/dates.ts';
import { PageFormatError } from '../import/page-format-error.ts';
import { importPage as page } from '../pages/import-page.ts';
import { importText } from '../importing.ts';
import type { Surroundings } from './surroundings.ts';

/** Two megabytes hold about a thousand abstracts. */
const bodyLimit = 2 * 1024 * 1024;

const formSchema = z.object({ text: z.string(), featuredOn: z.string().default('') });

/** `/import`: a page's plain text becomes papers. */
export function importRoutes(app: FastifyInstance, { store, clock }: Surroundings): void {
  app.get('/import', (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(page({ problem: null, outcome: null, text: '', featuredOn: '' }).text),
  );

  app.post('/import', { bodyLimit }, (request, reply) => {
    reply.type('text/html; charset=utf-8');
    const form = formSchema.safeParse(request.body);
    if (!form.success)
      return reply
        .code(400)
        .send(page({ problem: 'The form came without a text', outcome: null, text: '', featuredOn: '' }).text);
    const { text, featuredOn } = form.data;
    try {
      const outcome = importText(store, text, { featuredOn: isDay(featuredOn) ? featuredOn : null, now: clock() });
      return reply.send(page({ problem: null, outcome, text: '', featuredOn: '' }).text);
    } catch (error) {
      if (!(error instanceof PageFormatError)) throw error;
      const problem = `Line ${error.line} must be ${error.expected}: it is ${error.found}`;
      return reply.code(422).send(page({ problem, outcome: null, text, featuredOn }).text);
    }
  });
}
