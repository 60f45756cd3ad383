import { html } from './html.ts';
import type { Gap, Html } from './html.ts';

export type Section = 'papers' | 'import' | 'operator' | null;

export interface LayoutOptions {
  readonly title: string;
  readonly section: Section;
  /** `page` is a reading column, `wide` leaves room for tables. */
  readonly width?: 'page' | 'wide' | undefined;
}

/** In the order in which they add to one another: the frame, lists of papers, plates with forms and tables, then small screens, print and preferences. */
export const styleSheets = ['base.css', 'papers.css', 'plates.css', 'adapt.css'] as const;

/** A whole page around its content. */
export function layout({ title, section, width = 'page' }: LayoutOptions, content: Gap): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
${styleSheets.map(
  (name) => html`<link rel="stylesheet" href="/assets/${name}">
`,
)}<script src="/assets/app.js" type="module"></script>
</head>
<body class="${width}">
<a class="skip" href="#main">Skip to the content</a>
<header class="masthead">
<div class="masthead-inner">
<a class="wordmark" href="/" aria-label="Heed: to the papers">Heed</a>
<nav aria-label="Sections">${link('/', 'Papers', section === 'papers')}${link('/import', 'Import', section === 'import')}${link('/operator', 'Operator', section === 'operator')}</nav>
</div>
</header>
<main id="main">
${content}
</main>
<footer class="colophon"><div class="colophon-inner">
<p>Abstracts belong to their authors. What you say of papers stays on this machine.</p>
<p class="keys" hidden>Keys: <kbd>j</kbd> next · <kbd>k</kbd> previous · <kbd>u</kbd> upvote · <kbd>l</kbd> love · <kbd>x</kbd> not for me</p>
</div></footer>
<div id="notice" class="notice" role="status" aria-live="polite"></div>
</body>
</html>
`;
}

/** A short page with one thing to say. */
export function messagePage(title: string, said: string, section: Section = null): Html {
  return layout(
    { title: `${title} · Daily Papers`, section },
    html`<div class="plate"><h1>${title}</h1><p>${said}</p><p><a href="/">Back to the papers</a></p></div>`,
  );
}

/** A link of a navigation, marked where it leads to the page that is open. */
export function link(href: string, name: string, current: boolean): Html {
  return html`<a href="${href}"${current ? html` aria-current="page"` : null}>${name}</a>`;
}
