/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What `html` takes in its gaps: everything but `Html` is escaped; `null`, `undefined` and `false` leave nothing. */
export type Gap = Html | string | number | null | undefined | false | readonly Gap[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text for an element's content and for a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** HTML from a template whose gaps are escaped; an attribute's gap has to stand in quotes. */
export function html(strings: TemplateStringsArray, ...gaps: readonly Gap[]): Html {
  return new Html(strings.map((string, index) => string + (index < gaps.length ? fill(gaps[index]) : '')).join(''));
}

function fill(gap: Gap): string {
  if (gap === null || gap === undefined || gap === false) return '';
  if (gap instanceof Html) return gap.text;
  if (typeof gap === 'string') return escapeHtml(gap);
  if (typeof gap === 'number') return String(gap);
  return gap.map(fill).join('');
}
