import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { compare, failuresIn } from './check.ts';
import { attempt, emptyLedger, startLoad } from './load.ts';
import { failuresOf } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { withServer } from './server.ts';
import { postgresProcessesOf, withFolder } from './workspace.ts';

const attachWithinMs = 10_000;

/**
 * What a power cut would leave, judged by what PostgreSQL asks of the kernel: before every single acknowledgement it has
 * waited for a sync that began after the request, and under load it has synced at least once per group of rows committed.
 */
export const powerCut: Scenario = ({ quick, seed, signal }) =>
  withFolder((folder) =>
    withServer(folder, async ({ url }) => {
      const reason = whyNotTraced();
      if (reason !== null) return { figures: {}, failures: [], skipped: reason };
      const trace = await startTrace(folder);
      const ledger = emptyLedger();
      const moments: { from: number; to: number }[] = [];
      try {
        for (let turn = 0; turn < (quick ? 30 : 300); turn += 1) {
          signal.throwIfAborted();
          const from = epochSeconds();
          const candidates = ['art', 'bread'].map((topic) => ({ item: topic, features: { topic } }));
          const reply = await attempt(url, 'decision', `alone-${turn}`, { context: { hour: 9 }, candidates });
          if ('id' in reply) {
            ledger.acknowledged.decision.set(`alone-${turn}`, reply.id);
            moments.push({ from, to: epochSeconds() });
          } else ledger.wrong.push(reply.why);
        }
        const before = { groups: await groupsOf(url), at: epochSeconds() };
        const load = startLoad({ url, clients: 8, seed: `${seed} power` });
        try {
          await wait(quick ? 3_000 : 30_000, undefined, { signal });
        } finally {
          await load.stop();
        }
        const after = { groups: await groupsOf(url), at: epochSeconds() };
        for (const kind of ['decision', 'feedback'] as const)
          for (const [key, id] of load.ledger.acknowledged[kind]) ledger.acknowledged[kind].set(key, id);
        const syncs = await trace.stop();
        const within = (from: number, to: number): number =>
          syncs.filter(({ began, ended }) => began >= from && ended <= to).length;
        const covered = moments.filter(({ from, to }) => within(from, to) > 0).length;
        const [groups, groupSyncs] = [after.groups - before.groups, within(before.at, after.at)];
        const comparison = await compare(folder, ledger);
        return {
          figures: { ...comparison, alone: moments.length, syncedAlone: covered, groups, syncs: groupSyncs },
          failures: [
            ...failuresIn(comparison, ledger),
            ...failuresOf({
              'every acknowledgement waited for a sync': covered === moments.length,
              'there is a sync for every committed group': groups > 0 && groupSyncs >= groups,
            }),
          ],
        };
      } finally {
        await trace.stop();
      }
    }),
  );

interface Sync {
  readonly began: number;
  readonly ended: number;
}

/** Follows every sync of the folder's PostgreSQL, also of processes that it starts later. */
async function startTrace(folder: string): Promise<{ readonly stop: () => Promise<Sync[]> }> {
  const kept = mkdtempSync(join(tmpdir(), 'heed-faults-syncs-'));
  const file = join(kept, 'trace');
  const processes = postgresProcessesOf(folder).flatMap((pid) => ['-p', String(pid)]);
  const calls = 'trace=fsync,fdatasync,sync_file_range,syncfs,msync';
  const tracer = spawn('strace', ['-f', '-ttt', '-T', '-e', calls, '-o', file, ...processes], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const until = performance.now() + attachWithinMs;
  while (said.split('attached').length <= processes.length / 2 && performance.now() < until) await wait(20);
  let syncs: Sync[] | null = null;
  return {
    async stop() {
      if (syncs !== null) return syncs;
      if (tracer.exitCode === null) {
        tracer.kill('SIGINT');
        await once(tracer, 'exit');
      }
      syncs = readSyncs(readFileSync(file, 'utf8'));
      rmSync(kept, { recursive: true, force: true });
      return syncs;
    },
  };
}

/** The syncs that succeeded, from lines such as `71 1764063213.1 fdatasync(5) = 0 <0.002>`, or that line in two parts. */
export function readSyncs(text: string): Sync[] {
  const syncs: Sync[] = [];
  const begun = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, pid = '', at = '', rest = ''] = /^(\d+) +(\d+\.\d+) (.*)$/.exec(line) ?? [];
    if (!/^(<\.\.\. )?f(data)?sync\b/.test(rest)) continue;
    if (rest.includes('<unfinished')) begun.set(pid, Number(at));
    const took = /= 0 <([\d.]+)>$/.exec(rest)?.[1];
    if (took === undefined) continue;
    const began = rest.startsWith('<...') ? (begun.get(pid) ?? NaN) : Number(at);
    syncs.push({ began, ended: began + Number(took) });
  }
  return syncs;
}

/** Groups of rows that the server has committed. */
async function groupsOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = [...text.matchAll(/^heed_group_size_count\{[^}]*\} (\d+)/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

function epochSeconds(): number {
  return (performance.timeOrigin + performance.now()) / 1_000;
}

function whyNotTraced(): string | null {
  if (spawnSync('strace', ['-V']).status !== 0) return 'strace is not installed (Debian: apt-get install strace)';
  const { status, stderr } = spawnSync('strace', ['-e', 'trace=fsync', process.execPath, '--version'], {
    encoding: 'utf8',
  });
  return status === 0 ? null : `strace may not be used here: ${stderr.trim().split('\n')[0]}`;
}
