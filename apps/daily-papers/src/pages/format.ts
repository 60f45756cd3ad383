const dayFormat = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  timeZone: 'UTC',
});
const longDayFormat = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

/** `May 20, 2025` */
export function shortDay(day: string): string {
  return dayFormat.format(new Date(`${day}T00:00:00Z`));
}

/** `Tuesday 20 May 2025` */
export function longDay(day: string): string {
  return longDayFormat.format(new Date(`${day}T00:00:00Z`)).replace(',', '');
}

/** `1 author`, `3 authors` */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** The end of an id, which is where ids made close together differ. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** A number with its sign, to three places after the point: `+0.120`, `−0.031`. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? '0.000' : `${value < 0 ? '−' : '+'}${text}`;
}

/** A probability as a percentage with two significant places: `0.57 %`, `12 %`, `< 0.01 %`. */
export function percentage(probability: number): string {
  const percent = probability * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '< 0.01 %';
  return `${Number(percent.toPrecision(2))} %`;
}

/** A log-probability (nats) as the probability that it stands for: `0.25`, or `e^−83.21` where that is too small to read. */
export function fromLog(logProbability: number | null): string {
  if (logProbability === null) return 'not known';
  if (logProbability > -7) return String(Number(Math.exp(logProbability).toPrecision(3)));
  return `e^−${Math.abs(logProbability).toFixed(2)}`;
}

/** `Jan 6, 2026, 14:05:09 UTC` */
export function moment(at: string): string {
  const [day = '', time = ''] = at.split('T');
  return `${shortDay(day)}, ${time.slice(0, 8)} UTC`;
}

/** The start of a text: at most `most` characters, cut between words. */
export function opening(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= most) return line;
  return `${line
    .slice(0, most)
    .replace(/\s+\S*$/, '')
    .replace(/[\s,;:–—-]+$/, '')} …`;
}
