import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../packages/heed/src/math/index.ts';
import { compare, failuresIn } from './check.ts';
import { startLoad } from './load.ts';
import { failuresOf, restartWithinMs } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { withServer } from './server.ts';
import { postmasterOf, withFolder } from './workspace.ts';

const givenUpAfterMs = 30_000;

/** PostgreSQL is told to stop at once under load, as an operator would; Heed starts it again and goes on by itself. */
export const databaseRestarted: Scenario = ({ quick, seed, signal, report }) =>
  withFolder((folder) =>
    withServer(folder, async (server) => {
      const { uniform } = createRandom(`${seed} restarts`);
      const load = startLoad({ url: server.url, clients: 8, seed: `${seed} restarts` });
      const times: number[] = [];
      try {
        await load.acknowledgedAfter(performance.now(), givenUpAfterMs);
        for (let round = 0; round < (quick ? 2 : 10); round += 1) {
          await wait(500 + uniform() * 1_000, undefined, { signal });
          const postmaster = postmasterOf(folder);
          if (postmaster === null) continue;
          const stoppedAt = performance.now();
          process.kill(postmaster, 'SIGINT');
          // Connections may still be answered until the server is down.
          while (postmasterOf(folder) === postmaster && performance.now() - stoppedAt < givenUpAfterMs) await wait(5);
          const tookMs = (await load.acknowledgedAfter(performance.now(), givenUpAfterMs)) - stoppedAt;
          times.push(Math.min(tookMs, givenUpAfterMs));
          report(`back after ${Math.round(tookMs)} ms`);
        }
      } finally {
        await load.stop();
      }
      const stayed = server.running();
      const comparison = await compare(folder, load.ledger);
      const slowest = Math.max(...times);
      return {
        figures: { ...comparison, restarts: times.length, restartMsMax: slowest },
        failures: [
          ...failuresIn(comparison, load.ledger),
          ...failuresOf({
            'PostgreSQL was stopped as often as wanted': times.length === (quick ? 2 : 10),
            'Heed stays up while its PostgreSQL restarts': stayed,
            [`every restart is over within ${restartWithinMs} ms (the slowest: ${Math.round(slowest)} ms)`]:
              slowest <= restartWithinMs,
          }),
        ],
      };
    }),
  );
