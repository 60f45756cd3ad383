import { createTestDatabase } from '../store/testing.ts';
import type { TestDatabase } from '../store/testing.ts';
import { createHeed } from './create.ts';
import type { HeedOptions } from './create.ts';
import type { HeedConfig } from './define.ts';
import type { Heed } from './heed.ts';

/** Heed on a database of its own, for tests. */
export interface TestHeed<Config extends HeedConfig> extends Heed<Config> {
  readonly url: string;
  /** Another Heed on the same database, as a second process would be. */
  reopen(options?: HeedOptions): Promise<Heed<Config>>;
  /** Closes this Heed, but keeps its database. */
  stop(): Promise<TestDatabase>;
  /** Waits until the newest release of a loop is what `served` tells (the artifact of a dry run, say). */
  settle(loop: string, served: () => Promise<string | null>): Promise<void>;
}

/** Opens Heed on a fresh database, which goes when this Heed is closed. */
export async function openTestHeed<const Config extends HeedConfig>(
  config: Config,
  options: HeedOptions = {},
): Promise<TestHeed<Config>> {
  const database = await createTestDatabase();
  const open = (more: HeedOptions = {}): Promise<Heed<Config>> =>
    createHeed(config, { ...options, ...more, url: database.url });
  const heed = await open();
  return {
    ...heed,
    url: database.url,
    reopen: open,
    async settle(loop, served) {
      const { serving } = await heed.loops.get(loop);
      for (let tries = 0; tries < 500; tries += 1) {
        if ((await served()) === serving?.artifact) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`the artifact ${serving?.artifact} of ${loop} does not serve`);
    },
    async stop() {
      await heed.close();
      return database;
    },
    async close() {
      await heed.close();
      await database.drop();
    },
  };
}

/** A clock that stands still until it is told to go on. */
export function tickingClock(start = Date.UTC(2026, 0, 6, 9)): { now: () => number; advance(ms: number): void } {
  let at = start;
  return {
    now: () => at,
    advance(ms) {
      at += ms;
    },
  };
}
