// Whether a server under moderate load stays as it is: `npm run soak [-- --minutes 30] [--rate 100] [--json]`. Needs Linux.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openStore } from '../../packages/heed/src/store/index.ts';
import type { Store } from '../../packages/heed/src/store/index.ts';
import { registerItems } from '../serving/items.ts';
import { startHeed } from '../serving/servers.ts';
import { holdingsOf, holdingsOfFamily, postmasterOf } from './processes.ts';
import { sendTraffic } from './traffic.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    /** Requests in a second. */
    rate: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const minutes = Number(options.minutes);
const rate = Number(options.rate);
if (!(minutes > 0 && rate > 0))
  throw new RangeError(`cannot run, as --minutes and --rate must be above 0: they are ${minutes} and ${rate}`);

/** A row a minute; of a short run, six rows. */
const rowCount = Math.max(6, Math.round(minutes));
const samplesInRow = 10;
const sampleMs = (minutes * 60_000) / rowCount / samplesInRow;
/** The last third may lie this far above the middle one. */
const mostGrowth = 0.1;

interface Sample {
  readonly serverMib: number;
  readonly postgresMib: number;
  readonly serverHandles: number;
  readonly postgresHandles: number;
  readonly connections: number;
}

interface Row extends Sample {
  readonly latencies: readonly number[];
}

const measures = ['serverMib', 'postgresMib', 'serverHandles', 'postgresHandles', 'connections'] as const;

const folder = mkdtempSync(join(tmpdir(), 'heed-soak-'));
chmodSync(folder, 0o755);
const server = await startHeed({ folder: join(folder, 'heed') }, { worker: true });
try {
  const store = await openStore({ clock: Date.now, folder: join(folder, 'heed', 'postgres') });
  await registerItems(server);
  const traffic = sendTraffic(server.url, rate);
  const rows: Row[] = [];
  console.log(
    `${'minute'.padStart(8)} ${measures.map((name) => name.padStart(16)).join('')}${'p99Ms'.padStart(10)}${'answers'.padStart(10)}`,
  );
  for (let row = 0; row < rowCount; row += 1) {
    const samples: Sample[] = [];
    for (let sample = 0; sample < samplesInRow; sample += 1) {
      await wait(sampleMs);
      samples.push(await takeSample(store));
    }
    const taken: Row = { ...meanOf(samples), latencies: traffic.takeLatencies() };
    rows.push(taken);
    console.log(lineOf(((row + 1) * minutes) / rowCount, taken));
  }
  await traffic.stop();
  await store.close();
  conclude(rows, traffic.failed());
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function takeSample(store: Store): Promise<Sample> {
  const own = holdingsOf(server.pid);
  const postgres = holdingsOfFamily(postmasterOf(join(folder, 'heed')));
  const { rows } = await store.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where backend_type = 'client backend'`,
  );
  return {
    serverMib: own.residentBytes / 2 ** 20,
    postgresMib: postgres.ownBytes / 2 ** 20,
    serverHandles: own.handles,
    postgresHandles: postgres.handles,
    connections: rows[0]?.count ?? NaN,
  };
}

/** Prints what changed from the middle third to the last, and fails where it grew. */
function conclude(rows: readonly Row[], failed: number): void {
  const third = Math.floor(rows.length / 3);
  const [middle, last] = [rows.slice(third, rows.length - third), rows.slice(rows.length - third)];
  const figures: Record<string, number> = { answers: rows.flatMap(({ latencies }) => latencies).length, failed };
  const grown: string[] = [];
  const compare = (name: string, before: number, after: number): void => {
    const growth = after / before - 1;
    Object.assign(figures, { [`${name}Middle`]: before, [`${name}Last`]: after, [`${name}Growth`]: growth });
    console.log(
      `${name.padEnd(16)} ${before.toFixed(1)} → ${after.toFixed(1)} (${growth >= 0 ? '+' : ''}${(growth * 100).toFixed(1)} %)`,
    );
    if (!(growth <= mostGrowth)) grown.push(name);
  };
  for (const name of measures) compare(name, meanOf(middle)[name], meanOf(last)[name]);
  compare('p99Ms', p99Of(middle), p99Of(last));
  if (options.json) console.log(JSON.stringify({ name: 'soak', figures }));
  if (failed > 0) console.log(`FAILED: ${failed} requests were not answered with 2xx`);
  if (grown.length > 0)
    console.log(`FAILED: above the middle third by more than ${mostGrowth * 100} % in the last: ${grown.join(', ')}`);
  process.exitCode = failed > 0 || grown.length > 0 ? 1 : 0;
}

function meanOf(samples: readonly Sample[]): Sample {
  const mean = (name: (typeof measures)[number]): number =>
    samples.reduce((total, sample) => total + sample[name], 0) / samples.length;
  return Object.fromEntries(measures.map((name) => [name, mean(name)])) as unknown as Sample;
}

function p99Of(rows: readonly Row[]): number {
  const sorted = rows.flatMap(({ latencies }) => latencies).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
}

function lineOf(minute: number, row: Row): string {
  const numbers = measures.map((name) => row[name].toFixed(1).padStart(16)).join('');
  return `${minute.toFixed(1).padStart(8)} ${numbers}${p99Of([row]).toFixed(1).padStart(10)}${String(row.latencies.length).padStart(10)}`;
}
