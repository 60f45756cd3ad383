import type { Pool } from 'pg';
import { fail, ok, warn } from './check.ts';
import type { Check } from './check.ts';

/** The settings that "an answer means it is on disk" rests on, and what each must be. */
const safeSettings = {
  fsync: { safe: ['on'], lost: 'a power cut may destroy the whole store' },
  full_page_writes: { safe: ['on'], lost: 'a power cut may tear pages' },
  synchronous_commit: {
    safe: ['on', 'local', 'remote_write', 'remote_apply'],
    lost: 'what was acknowledged may be lost',
  },
} as const;

/** Judges the settings that durability rests on. */
export function judgeSync(settings: { readonly [name: string]: string | undefined }): Check {
  const named = Object.keys(safeSettings)
    .map((name) => `${name} ${settings[name] ?? 'unknown'}`)
    .join(', ');
  const unsafe = Object.entries(safeSettings).filter(
    ([name, { safe }]) => !(safe as readonly string[]).includes(settings[name] ?? ''),
  );
  if (unsafe.length === 0) return ok('sync', named);
  return fail('sync', named, unsafe.map(([name, { lost }]) => `set ${name} to on: without it ${lost}`).join('; '));
}

export async function checkSync(pool: Pool): Promise<Check> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [Object.keys(safeSettings)],
  );
  return judgeSync(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])));
}

const clockBounds = { warnMs: 1_000, failMs: 60_000 } as const;

/** Judges how far the database's clock is ahead of ours. */
export function judgeClock(aheadMs: number): Check {
  const apart = Math.abs(aheadMs);
  const finding = `the database's clock is ${apart < 1 ? 'ours' : `${Math.round(apart)} ms ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`}`;
  const advice = 'run a time service (NTP) on both machines: windows, tokens and retention go by the clock';
  if (apart > clockBounds.failMs) return fail('clock', finding, advice);
  return apart > clockBounds.warnMs ? warn('clock', finding, advice) : ok('clock', finding);
}

/** Compares the clocks over the quickest of three round trips. */
export async function checkClock(pool: Pool, clock: () => number): Promise<Check> {
  let best = { tookMs: Infinity, aheadMs: 0 };
  for (let trip = 0; trip < 3; trip += 1) {
    const sent = clock();
    const { rows } = await pool.query<{ ms: string }>('select extract(epoch from clock_timestamp()) * 1000 as ms');
    const received = clock();
    const tookMs = received - sent;
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: Number(rows[0]?.ms) - (sent + received) / 2 };
  }
  // Less than the trip itself cannot be told apart from none.
  return judgeClock(Math.abs(best.aheadMs) <= best.tookMs ? 0 : best.aheadMs);
}

export async function checkVersions(
  pool: Pool,
  { heed, records, postgres }: { readonly heed: string; readonly records: number; readonly postgres: string },
): Promise<Check> {
  const { rows } = await pool.query<{ number: number | null }>('select max(number) as number from heed.migration');
  return ok('versions', `Heed ${heed}, records ${records}, schema ${rows[0]?.number ?? 0}, PostgreSQL ${postgres}`);
}
