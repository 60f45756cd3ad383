import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('base.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*)\}/g)].map((match) => match[1] ?? '');

/** Text colours with every ground that they stand on. */
const pairs: readonly (readonly [text: string, ...grounds: string[]])[] = [
  ['ink', 'paper', 'raised', 'line-soft', 'accent-soft', 'warn-soft'],
  ['ink-soft', 'paper', 'raised'],
  ['accent', 'paper', 'raised', 'accent-soft'],
  ['love', 'love-soft'],
  ['paper', 'accent', 'ink'],
];

function colours(block: string): Map<string, string> {
  return new Map([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

/** Contrast ratio of WCAG 2.2: `(L1 + 0.05) / (L2 + 0.05)` of the relative luminances. */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

it('computes contrast as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 3);
});

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, block) => {
  it.each(pairs)('%s is readable on its grounds', (text, ...grounds) => {
    const named = colours(block);
    for (const ground of grounds) {
      expect(named.has(text) && named.has(ground)).toBe(true);
      expect(contrast(named.get(text) ?? '', named.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5);
    }
  });
});
