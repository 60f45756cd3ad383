import type { Order } from '../orders.ts';
import { trendingFormula } from '../orders.ts';
import type { Paper } from '../paper.ts';
import type { Ranking } from '../ranker.ts';
import type { ReactionRow } from '../store/store.ts';
import { card } from './card.ts';
import { longDay, shortDay, shortId } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';

export interface ListPageOptions {
  readonly order: Order;
  /** The day looked at; `null` for all of them. */
  readonly day: string | null;
  readonly days: readonly { readonly day: string; readonly count: number }[];
  /** In the order to be shown. */
  readonly papers: readonly Paper[];
  /** Papers that could have been shown. */
  readonly candidates: number;
  readonly standing: ReadonlyMap<string, ReactionRow>;
  readonly ranking: Ranking;
  readonly page: number;
  readonly pages: number;
}

const orderNames: Readonly<Record<Order, string>> = { 'new': 'New', 'trending': 'Trending', 'for-you': 'For you' };
const shownDays = 7;

/** The address of a list. */
function listPath({
  order,
  day,
  page = 1,
}: {
  readonly order: Order;
  readonly day: string | null;
  readonly page?: number;
}): string {
  const query = new URLSearchParams();
  if (order !== 'for-you') query.set('order', order);
  if (page > 1) query.set('page', String(page));
  const path = day === null ? '/' : `/day/${day}`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** The dated list of papers. */
export function listPage(options: ListPageOptions): Html {
  const { order, day, days, papers, standing, ranking } = options;
  const from = listPath(options);
  return layout(
    { title: day === null ? 'Daily Papers' : `Daily Papers · ${shortDay(day)}`, section: 'papers' },
    html`<p class="banner"><strong>Upvote</strong>, <strong>love</strong> or <strong>not for me</strong>: say it, and the order of the page follows you.</p>
<div class="title">
<h1>Daily Papers</h1>
<p class="subtitle">gathered by researchers, put in order by those who read them</p>
</div>
${dateLine(options)}
${days.length === 0 ? null : html`<nav class="orders" aria-label="Order">${(['new', 'trending', 'for-you'] as const).map((name) => html`<a href="${listPath({ order: name, day })}"${name === order ? html` aria-current="true"` : null}>${orderNames[name]}</a>`)}</nav>`}
${orderNote(options)}
${
  papers.length === 0
    ? empty(day)
    : html`<ol class="papers" data-decision="${ranking.decision ?? ''}" data-order="${order}">
${papers.map((paper, index) => card({ paper, place: (options.page - 1) * pageLength + index + 1, reaction: standing.get(paper.id)?.reaction ?? 'none', decision: ranking.decision, from, explained: order === 'for-you' }))}
</ol>`
}
${pager(options)}`,
  );
}

/** Papers on one page of a list, and the size of a slate. */
export const pageLength = 40;

function dateLine({ day, days, order }: ListPageOptions): Html {
  const [newest] = days;
  const heading = day ?? newest?.day ?? null;
  const at = days.findIndex((other) => other.day === day);
  const older = day === null ? undefined : days[at + 1]?.day;
  const newer = day === null || at < 1 ? undefined : days[at - 1]?.day;
  const step = (to: string | undefined, name: string, arrow: string) =>
    to === undefined
      ? html`<span class="step" aria-hidden="true">${arrow}</span>`
      : html`<a class="step" href="${listPath({ order, day: to })}" aria-label="${name}: ${longDay(to)}">${arrow}</a>`;
  return html`<div class="dates">
<p class="date">${day === null ? html`<span>All days</span>${heading === null ? null : html` <small>newest: <time datetime="${heading}">${longDay(heading)}</time></small>`}` : html`${step(older, 'Day before', '←')}<time datetime="${day}">${longDay(day)}</time>${step(newer, 'Day after', '→')}`}</p>
<nav class="days" aria-label="Days">${[html`<a href="${listPath({ order, day: null })}"${day === null ? html` aria-current="date"` : null}>All</a>`, ...nearby(days, at).map((other) => html`<a href="${listPath({ order, day: other.day })}"${other.day === day ? html` aria-current="date"` : null}>${shortDay(other.day)} <span class="number">${other.count}</span></a>`)]}</nav>
</div>`;
}

/** At most `shownDays` days, those around the one looked at. */
function nearby(days: ListPageOptions['days'], at: number): ListPageOptions['days'] {
  const start = Math.max(0, Math.min(at - Math.floor(shownDays / 2), days.length - shownDays));
  return days.slice(start, start + shownDays);
}

function orderNote({ order, ranking, papers, candidates }: ListPageOptions): Html | null {
  if (papers.length === 0) return null;
  if (order === 'new') return html`<p class="note">Newest first, by the day of publication.</p>`;
  if (order === 'trending')
    return html`<p class="note">Trending: <code>${trendingFormula}</code>, hours since the paper was featured.</p>`;
  const of = candidates > papers.length ? html` ${papers.length} of ${candidates} papers.` : null;
  if (ranking.by === 'policy')
    return html`<p class="note">Ordered for you by policy <code title="${ranking.artifact ?? ''}">${shortId(ranking.artifact ?? 'unknown')}</code>, with some chance so that it can learn.${of}</p>`;
  return html`<p class="note note-quiet">Nothing learned is in use right now: these are the trending papers. What you say is kept and learned from later.${of}</p>`;
}

function empty(day: string | null): Html {
  return html`<div class="plate"><p>${day === null ? 'There are no papers yet.' : `No paper was featured on ${longDay(day)}.`} <a href="/import">Import a page</a>${day === null ? '.' : html`, or look at <a href="/">all days</a>.`}</p></div>`;
}

function pager({ order, day, page, pages }: ListPageOptions): Html | null {
  if (pages <= 1) return null;
  return html`<nav class="pager" aria-label="Pages">${page > 1 ? html`<a rel="prev" href="${listPath({ order, day, page: page - 1 })}">← Earlier in the list</a>` : html`<span></span>`}<span>Page ${page} of ${pages}</span>${page < pages ? html`<a rel="next" href="${listPath({ order, day, page: page + 1 })}">Further down →</a>` : html`<span></span>`}</nav>`;
}
