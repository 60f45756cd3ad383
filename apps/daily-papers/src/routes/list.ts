import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDay } from '../import/dates.ts';
import { newestFirst, orders, trendingFirst } from '../orders.ts';
import type { Order } from '../orders.ts';
import { messagePage } from '../pages/layout.ts';
import { listPage, pageLength } from '../pages/list-page.ts';
import type { Paper } from '../paper.ts';
import type { Ranking } from '../ranker.ts';
import { inGivenOrder } from '../rule-ranker.ts';
import { readerOf } from '../reader.ts';
import type { Surroundings } from './surroundings.ts';

/** Papers that one list chooses from. */
const mostCandidates = 500;

interface Listed {
  readonly ranking: Ranking;
  readonly papers: readonly Paper[];
  readonly page: number;
  readonly pages: number;
}

/** `/` and `/day/:day`: the papers, in one of three orders. */
export function listRoutes(app: FastifyInstance, surroundings: Surroundings): void {
  const { store } = surroundings;
  async function show(request: FastifyRequest, reply: FastifyReply, day: string | null): Promise<FastifyReply> {
    const query = request.query as Record<string, unknown>;
    const order = orders.find((name) => name === query.order) ?? 'for-you';
    const candidates = store.papers({ featuredOn: day ?? undefined, most: mostCandidates });
    const reader = readerOf(request, reply, surroundings.newId);
    const listed = await list(surroundings, {
      reader,
      order,
      day,
      candidates,
      page: Number(query.page),
      seen: isSeen(request),
    });
    const page = listPage({
      ...listed,
      order,
      day,
      days: store.days(),
      candidates: candidates.length,
      standing: store.standing(reader),
    });
    return reply
      .code(day !== null && candidates.length === 0 ? 404 : 200)
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(page.text);
  }

  app.get('/', (request, reply) => show(request, reply, null));
  app.get<{ Params: { day: string } }>('/day/:day', (request, reply) => {
    const { day } = request.params;
    if (isDay(day)) return show(request, reply, day);
    return reply
      .code(404)
      .type('text/html; charset=utf-8')
      .send(messagePage('No such day', 'A day is written as 2026-01-06.', 'papers').text);
  });
}

interface Asked {
  readonly reader: string;
  readonly order: Order;
  readonly day: string | null;
  readonly candidates: readonly Paper[];
  readonly page: number;
  /** Whether a person will see the list now: what a browser fetches ahead of time is no decision. */
  readonly seen: boolean;
}

async function list(
  { store, ranker, clock }: Surroundings,
  { reader, order, day, candidates, page, seen }: Asked,
): Promise<Listed> {
  const now = clock();
  const surface = day ?? 'all';
  const ordered = order === 'new' ? newestFirst(candidates) : trendingFirst(candidates, now);
  if (ordered.length === 0) return { ranking: inGivenOrder({ papers: [] }, 'rule'), papers: [], page: 1, pages: 1 };
  const chosen = order === 'for-you' ? { page: 1, pages: 1, shown: ordered } : cut(ordered, page);
  const ask = { reader, surface, now, papers: chosen.shown };
  const ranking =
    order === 'for-you'
      ? await ranker.rank(ask, { rehearsal: !seen })
      : seen
        ? await ranker.record(ask)
        : inGivenOrder(ask, 'rule');
  const byId = new Map(chosen.shown.map((paper) => [paper.id, paper]));
  const papers = ranking.order.slice(0, pageLength).flatMap((id) => byId.get(id) ?? []);
  if (ranking.decision !== null)
    store.putList({ decision: ranking.decision, reader, items: papers.map(({ id }) => id), at: now });
  return { ranking, papers, page: chosen.page, pages: chosen.pages };
}

function cut(
  papers: readonly Paper[],
  asked: number,
): { readonly page: number; readonly pages: number; readonly shown: readonly Paper[] } {
  const pages = Math.max(1, Math.ceil(papers.length / pageLength));
  const page = Number.isInteger(asked) ? Math.min(Math.max(asked, 1), pages) : 1;
  return { page, pages, shown: papers.slice((page - 1) * pageLength, page * pageLength) };
}

function isSeen({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && !/prefetch|prerender/.test(String(headers['sec-purpose'] ?? headers.purpose ?? ''));
}
