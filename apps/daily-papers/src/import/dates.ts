const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day as the head of a page names it: often without its year. */
export interface PageDay {
  readonly month: number;
  readonly day: number;
  readonly year: number | null;
}

/** A paper's date line: the day, and the comment count that may follow it. */
export interface DateLine {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly comments: number;
}

/** Reads `May 20, 2025` or `May 20, 2025 3`; `null` where the line is neither, or names a day that no calendar has. */
export function readDateLine(line: string): DateLine | null {
  const match = /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4})(?:\s+(\d{1,6}))?$/.exec(line.trim());
  if (match === null) return null;
  const day = isoDay(Number(match[3]), monthNumber(match[1]), Number(match[2]));
  return day === null ? null : { day, comments: Number(match[4] ?? 0) };
}

/** Reads the day in the head of a page: `Jan 6` or `Jan 6, 2026`; `null` where the line is neither. */
export function readPageDay(line: string): PageDay | null {
  const match = /^([A-Z][a-z]{2}) (\d{1,2})(?:, (\d{4}))?$/.exec(line.trim());
  if (match === null) return null;
  const month = monthNumber(match[1]);
  const day = Number(match[2]);
  const year = match[3] === undefined ? null : Number(match[3]);
  // 2024 is a leap year: without a year, 29 February has to pass.
  return isoDay(year ?? 2024, month, day) === null ? null : { month, day, year };
}

/**
 * The full date that a page's day stands for: with its own year, or the last such day that is not after `today`.
 *
 * @param today `YYYY-MM-DD`
 */
export function resolvePageDay({ month, day, year }: PageDay, today: string): string {
  if (year !== null) return isoDay(year, month, day) ?? today;
  const thisYear = Number(today.slice(0, 4));
  for (let candidateYear = thisYear; candidateYear > thisYear - 9; candidateYear--) {
    const candidate = isoDay(candidateYear, month, day);
    if (candidate !== null && candidate <= today) return candidate;
  }
  return today;
}

/** True for `YYYY-MM-DD` of a day that the calendar has. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match !== null && isoDay(Number(match[1]), Number(match[2]), Number(match[3])) === text;
}

/** The UTC day of a time in epoch milliseconds, `YYYY-MM-DD`. */
export function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function monthNumber(name: string | undefined): number {
  return months.indexOf(name ?? '') + 1;
}

function isoDay(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? date.toISOString().slice(0, 10) : null;
}
