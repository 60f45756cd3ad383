import type { Check } from './paper.ts';
import { label, line, svg, text } from './svg.ts';

/** A variant's checks: the whole method, or one ablation. */
export interface CheckedVariant {
  readonly name: string;
  readonly broken: boolean;
  readonly checks: readonly Check[];
}

const left = 330;
const right = 620;
const rowHeight = 16;

/**
 * Draws every check of every variant on a line of its own: the value, its 95 % interval, and whether it passed.
 * Each check has its own scale, from the smallest to the largest of its values and interval ends.
 */
export function drawChecks(title: string, variants: readonly CheckedVariant[]): string {
  const parts: string[] = [text(16, 24, title, 'font-weight="bold" font-size="14"')];
  let y = 48;
  for (const check of variants[0]?.checks ?? []) {
    parts.push(text(16, y, `${check.name}  (${check.bar})`, 'font-weight="bold"'));
    y += rowHeight;
    const rows = variants.flatMap(({ name, broken, checks }) => {
      const same = checks.find((each) => each.name === check.name);
      return same === undefined || same.value === null ? [] : [{ ...same, name, broken, value: same.value }];
    });
    const ends = rows
      .flatMap(({ value, interval }) => [value, ...(interval ?? [])])
      .filter((value) => Number.isFinite(value));
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const place = (value: number): number =>
      left + ((Math.min(high, Math.max(low, value)) - low) / (high > low ? high - low : 1)) * (right - left);
    for (const { name, broken, value, interval, passed } of rows) {
      const colour = passed === true ? '#009e73' : '#d55e00';
      parts.push(text(32, y, broken ? `ablation: ${name}` : name, broken ? 'font-style="italic"' : ''));
      if (interval !== null)
        parts.push(line(place(interval[0]), y - 4, place(interval[1]), y - 4, colour, 'stroke-width="2"'));
      parts.push(`<circle cx="${place(value).toFixed(1)}" cy="${y - 4}" r="3.5" fill="${colour}"/>`);
      const bounds = interval === null ? '' : ` [${label(interval[0])}, ${label(interval[1])}]`;
      parts.push(text(right + 14, y, `${label(value)}${bounds} ${passed === true ? 'passed' : 'failed'}`));
      y += rowHeight;
    }
    y += 6;
  }
  return svg(860, y + 8, parts);
}
