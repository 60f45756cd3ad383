import type { Paper } from '../paper.ts';
import { reactionKinds } from '../reaction.ts';
import type { Reaction, ReactionKind } from '../reaction.ts';
import { counted, opening, shortDay } from './format.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { icons } from './icons.ts';

export interface CardOptions {
  readonly paper: Paper;
  /** Place in the list, from 1. */
  readonly place: number;
  readonly reaction: Reaction;
  readonly decision: string | null;
  /** Where to go back to after a reaction without JavaScript. */
  readonly from: string;
  /** Whether there is a "why" to show. */
  readonly explained: boolean;
}

const names: Readonly<Record<ReactionKind, string>> = { upvote: 'Upvote', love: 'Love', dismiss: 'Not for me' };

/** One paper of a list. */
export function card({ paper, place, reaction, decision, from, explained }: CardOptions): Html {
  return html`<li class="card" id="${paper.id}" data-paper="${paper.id}" data-reaction="${reaction}" tabindex="-1" aria-labelledby="${paper.id}-title">
<span class="place" aria-hidden="true">${place}</span>
<div class="card-body">
<h2 id="${paper.id}-title">${paper.title}</h2>
<div class="card-text">${paper.summary === null ? null : html`<p class="summary">${paper.summary}</p>`}${abstract(paper)}</div>
<p class="byline">${byline(paper)}</p>
<form class="reactions" method="post" action="/reactions">
<input type="hidden" name="paper" value="${paper.id}"><input type="hidden" name="decision" value="${decision ?? ''}"><input type="hidden" name="from" value="${from}">
${reactionKinds.map((kind) => button(kind, reaction, paper))}
${explained && decision !== null ? html`<a class="why-link" href="/why/${decision}/${paper.id}" aria-label="Why am I seeing this: ${paper.title}">Why am I seeing this?</a>` : null}
</form>
</div>
</li>
`;
}

function abstract({ abstract: text, summary }: Paper): Html | null {
  if (text === null) return null;
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => html`<p>${paragraph}</p>`);
  const lead = summary === null ? html`<span class="opening">${opening(text, 260)}</span> ` : null;
  return html`<details class="abstract"><summary>${lead}<span class="more">Abstract</span></summary><div class="abstract-text">${paragraphs}</div></details>`;
}

function byline({ authors, organisation, publishedOn, comments }: Paper): Html {
  const by =
    organisation === null ? counted(authors ?? 0, 'author') : html`<span class="organisation">${organisation}</span>`;
  const talk =
    comments === 0
      ? null
      : html`<span class="comments" title="${counted(comments, 'comment')}">${icons.comments}<span class="number">${comments}</span><span class="unseen"> ${comments === 1 ? 'comment' : 'comments'}</span></span>`;
  return html`<span class="by">${by}</span><span class="dot" aria-hidden="true">·</span><time datetime="${publishedOn}">${shortDay(publishedOn)}</time>${talk}`;
}

/** Says the kind, or takes it back where it stands: so each button works as a plain form. */
function button(kind: ReactionKind, reaction: Reaction, { title, upvotes }: Paper): Html {
  const pressed = reaction === kind;
  const count = kind === 'upvote' ? html`<span class="number" data-upvotes>${upvotes}</span>` : null;
  return html`<button class="react ${kind}" name="reaction" value="${pressed ? 'none' : kind}" data-kind="${kind}" aria-pressed="${pressed ? 'true' : 'false'}" aria-label="${names[kind]}: ${title}">${icons[kind]}<span class="label">${names[kind]}</span>${count}</button>
`;
}
