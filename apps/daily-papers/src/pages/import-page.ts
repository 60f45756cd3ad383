import { html } from './html.ts';
import type { Html } from './html.ts';
import { layout } from './layout.ts';

export interface ImportOutcome {
  readonly featuredOn: string;
  readonly added: number;
  readonly changed: number;
}

export interface ImportPageOptions {
  /** What was wrong with the text given, if anything. */
  readonly problem: string | null;
  readonly outcome: ImportOutcome | null;
  /** The text given, so that it can be put right. */
  readonly text: string;
  readonly featuredOn: string;
}

/** Where the plain text of a page becomes papers. */
export function importPage({ problem, outcome, text, featuredOn }: ImportPageOptions): Html {
  return layout(
    { title: 'Import · Daily Papers', section: 'import' },
    html`<div class="title"><h1>Import a page</h1><p class="subtitle">the plain text of a daily-papers page, as your browser saves or copies it</p></div>
${problem === null ? null : html`<div class="said bad" role="alert"><p><strong>Nothing was imported.</strong> ${problem}.</p></div>`}
${outcome === null ? null : html`<div class="said good" role="status"><p><strong>${outcome.added}</strong> ${outcome.added === 1 ? 'paper is' : 'papers are'} new, <strong>${outcome.changed}</strong> ${outcome.changed === 1 ? 'was' : 'were'} known and brought up to date. <a href="/day/${outcome.featuredOn}?order=new">See that day</a></p></div>`}
<form class="import" method="post" action="/import" enctype="application/x-www-form-urlencoded">
<label for="file" class="with-script" hidden>A text file</label>
<input id="file" class="with-script" type="file" accept="text/plain,.txt" hidden>
<label for="text">Text of the page</label>
<textarea id="text" name="text" rows="16" required spellcheck="false" placeholder="Daily Papers&#10;&#10;by …&#10;&#10;Jan 6&#10;&#10;Title of the first paper&#10;&#10;Its abstract.&#10;&#10;• 11 authors&#10;·&#10;May 20, 2025 3">${text}</textarea>
<label for="featured">Day it was featured <small>(left empty: the day that the page names)</small></label>
<input id="featured" name="featuredOn" type="date" value="${featuredOn}">
<button class="primary">Import</button>
</form>
<p class="note">Titles, abstracts, author counts or organisations, dates and comment counts are read. Papers that are already here keep what you said of them.</p>`,
  );
}
