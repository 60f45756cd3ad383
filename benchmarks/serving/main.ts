// Durable decisions and feedback per second over HTTP: `npm run bench:serving [-- --quick] [--json]`.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openStore } from '../../packages/heed/src/store/index.ts';
import type { Store } from '../../packages/heed/src/store/index.ts';
import { printResult, readOptions } from '../harness.ts';
import type { Scenario } from './bodies.ts';
import { registerItems } from './items.ts';
import type { LoadOptions, LoadResult } from './load.ts';
import { openPostgres } from './postgres.ts';
import { startBare, startHeed } from './servers.ts';
import type { Served } from './servers.ts';

const options = readOptions(process.argv.slice(2));
const plan = options.quick
  ? { connections: [32], processes: [1], amount: 4_000, warmUp: 1_500 }
  : { connections: [32, 96], processes: [1, 2], amount: 20_000, warmUp: 6_000 };
/** What a store's figures begin with is its inline decisions at 32 connections, by one process. */
const headline = { processes: 1, connections: 32, scenario: 'inline' };
const figures: Record<string, Record<string, number>> = { bare: {} };
const skipped: Record<string, string> = {};
/** What runs now: stopped also where a measurement fails. */
const running = new Set<Served>();
let loads = 0;
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-serving-'));
chmodSync(folder, 0o755);

interface Measured extends LoadResult {
  readonly rowParity: number;
  readonly bytesPerRow: number;
  readonly serverCpu: number;
}

try {
  const bare = await startBare();
  running.add(bare);
  for (const connections of plan.connections) {
    await load(bare, 'bare', connections, plan.warmUp, []);
    reportBare(connections, await load(bare, 'bare', connections, plan.amount, []));
  }
  await stopAll();
  await measureStore('embedded', { folder: join(folder, 'heed') });
  const postgres = await openPostgres();
  if ('skipped' in postgres) skipped['postgres'] = postgres.skipped;
  else {
    await measureStore('postgres', { url: postgres.url });
    await postgres.stop();
  }
  printResult({ name: 'serving', figures, ratios: sharesOfBare(), peers: {}, skipped }, options);
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

async function stopAll(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
  running.clear();
}

/** What a whole decision with its features takes, as a share of the rate of a route that does nothing with the same body. */
function sharesOfBare(): Record<string, number> {
  const shares: Record<string, number> = {};
  for (const store of ['embedded', 'postgres'])
    for (const connections of plan.connections) {
      const measured = figures[store]?.[`inline1x${connections}PerSecond`];
      const alone = figures['bare']?.[`${connections}PerSecond`];
      if (measured !== undefined && alone !== undefined) shares[`${store}${connections}ToBare`] = measured / alone;
    }
  return shares;
}

/** Measures every scenario on one store, with one server process and with two. */
async function measureStore(name: string, where: { readonly url?: string; readonly folder?: string }): Promise<void> {
  for (const processes of plan.processes) {
    const servers: Served[] = [];
    for (let index = 0; index < processes; index += 1) servers.push(await startHeed(where));
    for (const server of servers) running.add(server);
    const store = await openStore({
      clock: Date.now,
      ...(where.url === undefined ? { folder: join(where.folder ?? '', 'postgres') } : { url: where.url }),
    });
    if (servers[0] !== undefined) await registerItems(servers[0]);
    for (const connections of plan.connections) {
      for (const scenario of ['inline', 'keyed', 'registered', 'feedback'] as const) {
        const ids = scenario === 'feedback' ? await someDecisions(store) : [];
        await measure(store, servers, scenario, connections, plan.warmUp, ids);
        const measured = await measure(store, servers, scenario, connections, plan.amount, ids);
        report(name, { processes, connections, scenario }, measured);
      }
    }
    await store.close();
    await stopAll();
  }
}

async function measure(
  store: Store,
  servers: readonly Served[],
  scenario: Scenario,
  connections: number,
  amount: number,
  ids: readonly string[],
): Promise<Measured> {
  const table = scenario === 'feedback' ? 'feedback' : 'decision';
  const before = { rows: await countRows(store, table), bytes: await countBytes(store), cpu: cpuOf(servers) };
  const started = performance.now();
  const share = Math.floor(amount / servers.length);
  const results = await Promise.all(
    servers.map((server) => load(server, scenario, Math.floor(connections / servers.length), share, ids)),
  );
  const seconds = (performance.now() - started) / 1_000;
  const answered = sum(results.map((result) => result.answered));
  return {
    answered,
    perSecond: sum(results.map((result) => result.perSecond)),
    p50Ms: Math.max(...results.map((result) => result.p50Ms)),
    p99Ms: Math.max(...results.map((result) => result.p99Ms)),
    failed: sum(results.map((result) => result.failed)),
    cpu: sum(results.map((result) => result.cpu)),
    rowParity: ((await countRows(store, table)) - before.rows) / answered,
    bytesPerRow: ((await countBytes(store)) - before.bytes) / answered,
    serverCpu: (cpuOf(servers) - before.cpu) / seconds,
  };
}

/** Runs the load generator in a process of its own. */
async function load(
  { url }: Served,
  scenario: Scenario,
  connections: number,
  amount: number,
  ids: readonly string[],
): Promise<LoadResult> {
  const asked: LoadOptions = { url, scenario, connections, amount, seed: `serving ${(loads += 1)}`, ids };
  const program = join(import.meta.dirname, 'load.ts');
  const child = spawn(process.execPath, ['--conditions=heed-source', program, JSON.stringify(asked)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) said += String(chunk);
  return JSON.parse(said) as LoadResult;
}

async function someDecisions(store: Store): Promise<string[]> {
  const { items } = await store.decisions.list({ limit: 1_000 });
  return items.map(({ id }) => id);
}

async function countRows({ pool }: Store, table: 'decision' | 'feedback'): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) as count from heed.${table}`);
  return Number(rows[0]?.count);
}

async function countBytes({ pool }: Store): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'heed' and c.relkind = 'r'`,
  );
  return Number(rows[0]?.bytes);
}

function cpuOf(servers: readonly Served[]): number {
  return sum(servers.map((server) => server.cpuSeconds() ?? NaN));
}

function reportBare(connections: number, { perSecond, p50Ms, p99Ms, cpu, failed }: LoadResult): void {
  Object.assign(figures['bare'] ?? {}, {
    [`${connections}PerSecond`]: perSecond,
    [`${connections}P50Ms`]: p50Ms,
    [`${connections}P99Ms`]: p99Ms,
    [`${connections}LoadCpu`]: cpu,
    [`${connections}Failed`]: failed,
  });
  console.log(
    `bare ${connections}: ${Math.round(perSecond)}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms, load generator ${cpu.toFixed(2)} cores`,
  );
}

function report(store: string, how: typeof headline, measured: Measured): void {
  const { processes, connections, scenario } = how;
  const { perSecond, p50Ms, p99Ms, cpu, failed, rowParity, bytesPerRow, serverCpu } = measured;
  const title = `${scenario}${processes}x${connections}`;
  figures[store] = {
    ...(isDeepStrictEqual(how, headline) && { decisionsPerSecond: perSecond, p99Ms, rowParity }),
    ...figures[store],
    [`${title}PerSecond`]: perSecond,
    [`${title}P50Ms`]: p50Ms,
    [`${title}P99Ms`]: p99Ms,
    [`${title}RowParity`]: rowParity,
    [`${title}BytesPerRow`]: bytesPerRow,
    [`${title}LoadCpu`]: cpu,
    [`${title}ServerCpu`]: serverCpu,
    [`${title}Failed`]: failed,
  };
  console.log(
    `${store} ${title}: ${Math.round(perSecond)}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms, ${Math.round(bytesPerRow)} bytes a row, ` +
      `rows/answers ${rowParity.toFixed(5)}, servers ${serverCpu.toFixed(2)} cores, load generator ${cpu.toFixed(2)}`,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
