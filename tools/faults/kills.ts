import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { compare, failuresIn } from './check.ts';
import { startLoad } from './load.ts';
import type { Load } from './load.ts';
import { restartWithinMs } from './scenario.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';
import { withServer } from './server.ts';
import type { Server } from './server.ts';
import { postmasterOf, withFolder } from './workspace.ts';

/** Waited for longer than allowed, so that a slow restart is measured and not only counted. */
const givenUpAfterMs = 30_000;
const clients = 8;
const betweenKillsMs = 500;
const longestStartMs = 1_500;

/** Who is killed: Heed, Heed and again while it starts, its PostgreSQL, or both at once. */
type Victim = 'heed' | 'heedTwice' | 'postgres' | 'both';

/** Kills Heed and its PostgreSQL at random moments under load: nothing acknowledged is lost, nothing is stored twice. */
export const kills: Scenario = (settings) =>
  withFolder((folder) =>
    withServer(folder, async (server) => {
      const load = startLoad({ url: server.url, clients, seed: settings.seed });
      const restarts: Record<'heed' | 'postgres', number[]> = { heed: [], postgres: [] };
      const counts = { kills: 0, postgresKills: 0 };
      const failures: string[] = [];
      try {
        await killAll(settings, folder, server, load, { restarts, counts, failures });
      } finally {
        await load.stop();
      }
      await server.stop();
      const comparison = await compare(folder, load.ledger);
      const slowest = Math.max(...restarts.heed, ...restarts.postgres);
      if (slowest > restartWithinMs) failures.push(`a restart took ${Math.round(slowest)} ms`);
      return {
        figures: {
          ...counts,
          ...comparison,
          retries: load.ledger.retries,
          abandoned: load.ledger.abandoned.size,
          restartMsMax: slowest,
          restartMsMedian: median(restarts.heed),
          postgresRestartMsMax: Math.max(...restarts.postgres),
          postgresRestartMsMedian: median(restarts.postgres),
        },
        failures: [...failures, ...failuresIn(comparison, load.ledger)],
      };
    }),
  );

interface Tally {
  readonly restarts: Record<'heed' | 'postgres', number[]>;
  readonly counts: { kills: number; postgresKills: number };
  readonly failures: string[];
}

async function killAll(
  { quick, seed, signal, report }: ScenarioSettings,
  folder: string,
  server: Server,
  load: Load,
  { restarts, counts, failures }: Tally,
): Promise<void> {
  const { uniform } = createRandom(`${seed} kills`);
  const wanted = quick ? { kills: 6, postgresKills: 3 } : { kills: 200, postgresKills: 50 };
  await load.acknowledgedAfter(performance.now(), givenUpAfterMs);
  while (counts.kills < wanted.kills || counts.postgresKills < wanted.postgresKills) {
    signal.throwIfAborted();
    await wait(uniform() * betweenKillsMs, undefined, { signal });
    const victim = chooseVictim(uniform(), counts, wanted);
    const postmaster = victim === 'postgres' || victim === 'both' ? postmasterOf(folder) : null;
    const killedAt = performance.now();
    if (postmaster !== null) {
      process.kill(postmaster, 'SIGKILL');
      counts.postgresKills += 1;
    }
    if (victim !== 'postgres') {
      await server.kill();
      counts.kills += 1;
      server.start();
    }
    let startedAt = killedAt;
    if (victim === 'heedTwice') {
      await wait(uniform() * longestStartMs, undefined, { signal });
      await server.kill();
      counts.kills += 1;
      startedAt = performance.now();
      server.start();
    }
    const tookMs = Math.min((await load.acknowledgedAfter(startedAt, givenUpAfterMs)) - startedAt, givenUpAfterMs);
    restarts[victim === 'postgres' ? 'postgres' : 'heed'].push(tookMs);
    if (!server.running() || tookMs === givenUpAfterMs) {
      failures.push(`Heed does not serve after a kill of ${victim}:\n${server.said()}`);
      await server.kill();
      server.start();
      await load.acknowledgedAfter(performance.now(), givenUpAfterMs);
    }
    const done = counts.kills + counts.postgresKills;
    if (quick || done % 10 === 0)
      report(
        `${counts.kills} kills of Heed, ${counts.postgresKills} of PostgreSQL; ${victim} back after ${Math.round(tookMs)} ms; ` +
          `${load.ledger.acknowledged.decision.size} decisions acknowledged`,
      );
  }
}

function chooseVictim(u: number, done: Tally['counts'], wanted: Tally['counts']): Victim {
  const heedLeft = Math.max(0, wanted.kills - done.kills);
  const postgresLeft = Math.max(0, wanted.postgresKills - done.postgresKills);
  const share = postgresLeft / (heedLeft + postgresLeft);
  if (u < share) return u < share / 4 && heedLeft > 0 ? 'both' : 'postgres';
  return u > 0.9 ? 'heedTwice' : 'heed';
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
