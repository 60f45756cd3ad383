import type { Paper } from '../paper.ts';
import type { ListReason, Why } from '../ranker.ts';
import { moment, percentage, shortId, signed } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';

/** The answer to "why am I seeing this", on a page of its own. */
export function whyPage(paper: Paper, reason: ListReason): Html {
  return layout(
    { title: `Why: ${paper.title}`, section: 'papers' },
    html`<article class="plate"><p class="kicker">Why am I seeing this?</p><h1>${paper.title}</h1>${whyBox(reason)}<p><a href="/#${paper.id}">Back to the papers</a></p></article>`,
  );
}

/** The same, to be shown inside a card. */
export function whyBox({ by, artifact, decidedAt, why }: ListReason): Html {
  if (why === null) {
    const said =
      by === 'rule'
        ? 'You asked for a fixed order, so nothing was learned or drawn for this list.'
        : 'The policy was not in use when this list was made: it shows the trending order.';
    return html`<div class="why"><p>${said}</p></div>`;
  }
  return html`<div class="why">
${termsTable(why)}
<p>Chance to come first on your list: <strong>${percentage(why.probability)}</strong>. Decided ${moment(decidedAt)} by policy <code title="${artifact ?? ''}">${shortId(artifact ?? 'unknown')}</code>.</p>
</div>`;
}

/** The terms of a score, largest first, with the rest and the sum. */
export function termsTable({ terms, rest, score }: Why): Html {
  const largest = Math.max(...terms.map(({ value }) => Math.abs(value)), Math.abs(rest), 1e-12);
  const row = (name: string, value: number) =>
    html`<tr><th scope="row">${name}</th><td class="bar">${bar(value, largest)}</td><td class="figure">${signed(value)}</td></tr>`;
  return html`<table class="terms"><caption class="unseen">What the score of this paper is made of</caption>
<tbody>${terms.map(({ name, value }) => row(termName(name), value))}${row('everything else', rest)}</tbody>
<tfoot><tr><th scope="row">score</th><td></td><td class="figure">${signed(score)}</td></tr></tfoot></table>`;
}

/** A bar from the middle: to the right for what speaks for a paper, to the left for what speaks against it. */
function bar(value: number, largest: number): Html {
  const width = (Math.abs(value) / largest) * 50;
  return html`<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="axis" x="49.75" y="0" width="0.5" height="8"/><rect class="${value < 0 ? 'against' : 'for'}" x="${(value < 0 ? 50 - width : 50).toFixed(2)}" y="1" width="${width.toFixed(2)}" height="6"/></svg>`;
}

const circumstances: Readonly<Record<string, string>> = {
  logAgeDays: 'its age',
  logUpvotes: 'its upvotes',
  logComments: 'its comments',
  logAuthors: 'how many wrote it',
  organisation: 'that an organisation stands behind it',
};

/** A term's name in words: `subject: text.words=bandit` is what this reader thinks of a word, `text.words=bandit` what all readers do. */
export function termName(name: string): string {
  const own = name.startsWith('subject: ');
  const feature = own ? name.slice('subject: '.length) : name;
  const word = /^text\.words=(.+)$/.exec(feature)?.[1];
  if (word !== undefined) return own ? `what you say of “${word}”` : `“${word}”, for everyone`;
  if (feature === 'constant') return 'where every paper starts';
  return circumstances[feature.replace(/^meta\./, '')] ?? name;
}
