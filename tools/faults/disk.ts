import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { compare, failuresIn } from './check.ts';
import { startLoad } from './load.ts';
import { failuresOf } from './scenario.ts';
import type { Scenario, ScenarioSettings, ScenarioResult } from './scenario.ts';
import { withServer } from './server.ts';
import { stopPostgres, withFolder } from './workspace.ts';

const mebibyte = 1_048_576;
const diskMebibytes = 400;
/** What is left for Heed when the disk is filled up. */
const leftBytes = 2 * mebibyte;
const fullWithinMs = 60_000;
const backWithinMs = 30_000;

/** The disk fills up: requests are answered 507, what is stored stays readable, and all goes on once there is room again. */
export const diskFull: Scenario = (settings) =>
  withFolder(async (folder) => {
    const disk = dirname(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMebibytes}m,mode=755`, 'tmpfs', disk], {
      encoding: 'utf8',
    });
    if (mounted.status !== 0)
      return {
        figures: {},
        failures: [],
        skipped: `a small disk needs mount: ${mounted.stderr?.trim() ?? 'not found'}`,
      };
    try {
      return await fillDisk(settings, folder, disk);
    } finally {
      await stopPostgres(folder);
      await unmount(disk);
    }
  });

function fillDisk(
  { quick, seed, signal, report }: ScenarioSettings,
  folder: string,
  disk: string,
): Promise<ScenarioResult> {
  return withServer(folder, async (server) => {
    const ballast = join(disk, 'ballast');
    mkdirSync(ballast);
    chmodSync(ballast, 0o755);
    const load = startLoad({ url: server.url, clients: 8, seed: `${seed} disk` });
    let fulls = 0;
    let readable = 0;
    let backMsMax = 0;
    const rounds = quick ? 1 : 3;
    try {
      for (let round = 0; round < rounds; round += 1) {
        await load.acknowledgedAfter(performance.now(), backWithinMs);
        const free = statfsSync(disk);
        const bytes = Math.max(0, free.bavail * free.bsize - leftBytes);
        writeFileSync(join(ballast, String(round)), Buffer.alloc(bytes));
        report(`${Math.round(bytes / mebibyte)} MiB are filled up`);
        const before = load.ledger.statuses.get(507) ?? 0;
        const until = performance.now() + fullWithinMs;
        while ((load.ledger.statuses.get(507) ?? 0) < before + 20 && performance.now() < until)
          await wait(50, undefined, { signal });
        if ((load.ledger.statuses.get(507) ?? 0) >= before + 20) fulls += 1;
        if (await reads(server.url, [...load.ledger.acknowledged.decision.values()].at(-1))) readable += 1;
        report(`answers: ${[...load.ledger.statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`);
        rmSync(join(ballast, String(round)));
        const freedAt = performance.now();
        const tookMs = (await load.acknowledgedAfter(freedAt, backWithinMs)) - freedAt;
        backMsMax = Math.max(backMsMax, Math.min(tookMs, backWithinMs));
        report(`back after ${Math.round(tookMs)} ms`);
      }
    } finally {
      await load.stop();
    }
    const stayed = server.running();
    await server.stop();
    const comparison = await compare(folder, load.ledger);
    return {
      figures: { ...comparison, rounds, answered507: load.ledger.statuses.get(507) ?? 0, readable, backMsMax },
      failures: [
        ...failuresIn(comparison, load.ledger),
        ...failuresOf({
          'a full disk is answered with 507': fulls === rounds,
          'what is stored stays readable on a full disk': readable === rounds,
          'Heed stays up on a full disk': stayed,
          'Heed goes on once there is room again': backMsMax < backWithinMs,
        }),
      ],
    };
  });
}

async function reads(url: string, decision: string | undefined): Promise<boolean> {
  const response = await fetch(`${url}/v1/decisions/${decision}`, { signal: AbortSignal.timeout(10_000) }).catch(
    () => null,
  );
  return response?.ok ?? false;
}

async function unmount(disk: string): Promise<void> {
  for (let tries = 0; tries < 100 && spawnSync('umount', [disk]).status !== 0; tries += 1) await wait(100);
}
