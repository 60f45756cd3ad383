import type { DecisionRow } from '../ranker.ts';
import { fromLog, moment, shortId } from './format.ts';
import { html } from './html.ts';
import type { Gap, Html } from './html.ts';
import { layout, link } from './layout.ts';

export type OperatorTab = 'decisions' | 'artifacts';

/** The frame of the operator's pages. */
export function operatorFrame(title: string, tab: OperatorTab | null, content: Gap): Html {
  return layout(
    { title: `${title} · Operator`, section: 'operator', width: 'wide' },
    html`<div class="title operator-title"><h1>${title}</h1><nav class="orders" aria-label="Operator">${link('/operator', 'Decisions', tab === 'decisions')}${link('/operator/artifacts', 'Artifacts', tab === 'artifacts')}</nav></div>
${content}`,
  );
}

export interface DecisionsPageOptions {
  readonly rows: readonly DecisionRow[];
  readonly next: string | null;
  /** Whether these are the newest: only then is the page kept up to date. */
  readonly newest: boolean;
  readonly titleOf: (paper: string) => string;
}

/** Every decision, newest first, with what judged it. */
export function decisionsPage(options: DecisionsPageOptions): Html {
  return operatorFrame(
    'Decisions',
    'decisions',
    html`<p class="note">Each list that was shown: how likely its order was, the artifact that drew it, and what its reader said. ${options.newest ? html`<span class="live" data-live="/operator/events" data-live-page="/operator?part=rows" data-live-into="decision-rows" hidden>Live</span><noscript>Reload to see newer ones.</noscript>` : html`<a href="/operator">Newest</a>`}</p>
<div class="table-scroll" tabindex="0" role="region" aria-label="Decisions"><table class="rows">
<thead><tr><th scope="col">Decided</th><th scope="col">Reader</th><th scope="col">First on the list</th><th scope="col">By</th><th scope="col">Probability</th><th scope="col">Feedback</th></tr></thead>
<tbody id="decision-rows">${decisionRows(options)}</tbody>
</table></div>
${options.next === null ? null : html`<p class="pager"><a rel="next" href="/operator?after=${encodeURIComponent(options.next)}">Earlier decisions →</a></p>`}`,
  );
}

/** The rows alone, which a live page asks for again. */
export function decisionRows({ rows, titleOf }: Pick<DecisionsPageOptions, 'rows' | 'titleOf'>): Html {
  if (rows.length === 0)
    return html`<tr><td colspan="6">No list was shown yet. <a href="/">Open the papers</a> to make the first decision.</td></tr>`;
  return html`${rows.map(
    (row) => html`<tr>
<td><a href="/operator/decisions/${row.id}"><time datetime="${row.at}">${moment(row.at)}</time></a></td>
<td><code title="${row.reader ?? ''}">${row.reader === null ? 'nobody' : shortId(row.reader)}</code></td>
<td class="title-cell">${row.items[0] === undefined ? 'nothing' : titleOf(row.items[0])}</td>
<td>${madeBy(row)}</td>
<td class="figure">${fromLog(row.logProbability)}</td>
<td>${feedbackWords(row)}</td>
</tr>`,
  )}`;
}

/** What made a decision: an artifact, a rule, or the rule that stood in. */
export function madeBy({ by, artifact, branch }: DecisionRow): Html {
  if (by === 'policy' && artifact !== null)
    return html`<a href="/operator/artifacts#${artifact}"><code>${shortId(artifact)}</code></a>${branch === null ? null : html` <small>${branch}</small>`}`;
  return html`${by === 'rule' ? 'a fixed order' : 'the fallback'}`;
}

function feedbackWords({ feedback }: DecisionRow): Html {
  const counts = new Map<string, number>();
  for (const { name, value } of feedback)
    counts.set(value === '' ? name : value, (counts.get(value === '' ? name : value) ?? 0) + 1);
  if (counts.size === 0) return html`<span class="quiet">none yet</span>`;
  return html`${[...counts].map(([word, count]) => html`<span class="chip">${word}${count > 1 ? ` × ${count}` : ''}</span> `)}`;
}
