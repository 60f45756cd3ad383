import { expect, it } from 'vitest';
import { dayOf, isDay, readDateLine, readPageDay, resolvePageDay } from './dates.ts';
import type { PageDay } from './dates.ts';

function pageDay(line: string): PageDay {
  const day = readPageDay(line);
  if (day === null) throw new Error(`no day of a page: ${line}`);
  return day;
}

it('reads a date line with and without a comment count', () => {
  expect(readDateLine('May 20, 2025')).toEqual({ day: '2025-05-20', comments: 0 });
  expect(readDateLine('Aug 2, 2025 12')).toEqual({ day: '2025-08-02', comments: 12 });
  expect(['Feb 29, 2025', 'May 32, 2025', 'Mai 20, 2025', 'May 20', 'May 20, 2025 x', ''].map(readDateLine)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
});

it("gives a page's day the last year in which it is not in the future", () => {
  expect(resolvePageDay(pageDay('Jan 6'), '2026-01-06')).toBe('2026-01-06');
  expect(resolvePageDay(pageDay('Jan 6'), '2026-01-05')).toBe('2025-01-06');
  expect(resolvePageDay(pageDay('Feb 29'), '2026-07-01')).toBe('2024-02-29');
  expect(resolvePageDay(pageDay('Jan 6, 2020'), '2026-07-01')).toBe('2020-01-06');
});

it('knows the days of the calendar', () => {
  expect(['2026-01-06', '2026-02-29', '2026-1-6', 'all'].map(isDay)).toEqual([true, false, false, false]);
  expect(dayOf(Date.UTC(2026, 0, 6, 23, 59))).toBe('2026-01-06');
});
