import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { artifactsPage } from '../pages/artifacts-page.ts';
import { decisionPage } from '../pages/decision-page.ts';
import { messagePage } from '../pages/layout.ts';
import { decisionRows, decisionsPage } from '../pages/operator-page.ts';
import type { Operator, Replay } from '../ranker.ts';
import { titles } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';

/** The operator's pages: decisions, one of them, artifacts. */
export function operatorRoutes(app: FastifyInstance, surroundings: Surroundings): void {
  const { operator } = surroundings.ranker;
  if (operator === null) {
    const page = messagePage(
      'Nothing to operate',
      'This page runs without Heed, so nothing decides and nothing learns.',
      'operator',
    ).text;
    for (const path of ['/operator', '/operator/*']) app.get(path, (_request, reply) => send(reply.code(404), page));
    return;
  }
  decisionRoutes(app, operator, surroundings);
  eventRoutes(app, operator);
  artifactRoutes(app, operator);
}

function decisionRoutes(app: FastifyInstance, operator: Operator, { store }: Surroundings): void {
  app.get<{ Querystring: { after?: string; part?: string } }>('/operator', async (request, reply) => {
    const { after, part } = request.query;
    const { rows, next } = await operator.decisions({ after });
    const titleOf = titles(store);
    return send(
      reply,
      part === 'rows'
        ? decisionRows({ rows, titleOf }).text
        : decisionsPage({ rows, next, newest: after === undefined, titleOf }).text,
    );
  });

  async function showDecision(reply: FastifyReply, id: string, replay: Replay | null): Promise<FastifyReply> {
    const view = await operator.decision(id);
    if (view === null)
      return send(
        reply.code(404),
        messagePage('No such decision', 'There is no decision with that id.', 'operator').text,
      );
    return send(reply, decisionPage(view, replay, titles(store)).text);
  }
  app.get<{ Params: { id: string } }>('/operator/decisions/:id', (request, reply) =>
    showDecision(reply, request.params.id, null),
  );
  app.post<{ Params: { id: string } }>('/operator/decisions/:id/replay', async (request, reply) =>
    showDecision(reply, request.params.id, await operator.replay(request.params.id)),
  );
}

/** `/operator/events`: a line to open pages whenever something happened, after which they ask for what they show. */
function eventRoutes(app: FastifyInstance, operator: Operator): void {
  const open = new Set<ServerResponse>();
  app.get('/operator/events', (_request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.write('retry: 2000\n\n');
    const stop = operator.subscribe(() => raw.write('data: changed\n\n'));
    open.add(raw);
    raw.on('close', () => {
      open.delete(raw);
      stop();
    });
  });
  app.addHook('preClose', async () => {
    for (const raw of open) raw.end();
  });
}

function artifactRoutes(app: FastifyInstance, operator: Operator): void {
  async function showArtifacts(reply: FastifyReply, problem: string | null): Promise<FastifyReply> {
    return send(reply.code(problem === null ? 200 : 409), artifactsPage(await operator.artifacts(), problem).text);
  }
  async function act(reply: FastifyReply, body: unknown, work: (why: string) => Promise<void>): Promise<FastifyReply> {
    try {
      await work(reasonIn(body));
    } catch (error) {
      return showArtifacts(reply, error instanceof Error ? error.message : String(error));
    }
    return reply.redirect('/operator/artifacts', 303);
  }
  app.get('/operator/artifacts', (_request, reply) => showArtifacts(reply, null));
  app.post<{ Params: { id: string } }>('/operator/artifacts/:id/promote', (request, reply) =>
    act(reply, request.body, (why) => operator.promote(request.params.id, why)),
  );
  app.post('/operator/rollback', (request, reply) => act(reply, request.body, (why) => operator.rollback(why)));
}

function reasonIn(body: unknown): string {
  const why = typeof body === 'object' && body !== null && 'why' in body ? body.why : '';
  return typeof why === 'string' && why.trim() !== '' ? why.trim().slice(0, 200) : 'no reason given';
}

function send(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(page);
}
