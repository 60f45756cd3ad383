import { and, asc, desc, eq } from 'drizzle-orm';
import type { Loop } from '../../spec/index.ts';
import { loops, loopUses } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface LoopRepository {
  /** Puts a version of a loop to use: stores it, unless it is stored already, when the stored one comes back. */
  readonly insert: (loop: Loop, executor?: Executor) => Promise<Loop>;
  readonly get: (id: string, executor?: Executor) => Promise<Loop | null>;
  readonly version: (name: string, version: string, executor?: Executor) => Promise<Loop | null>;
  /** The version of a loop that was put to use last. */
  readonly latest: (name: string, executor?: Executor) => Promise<Loop | null>;
  /** The version of each loop that was put to use last, by name. */
  readonly latestOfEach: (executor?: Executor) => Promise<Loop[]>;
  /** Every version of every loop, oldest first; with `name`, of that one. */
  readonly list: (name?: string, executor?: Executor) => Promise<Loop[]>;
}

/** Loops and their versions. */
export function createLoopRepository(database: Executor): LoopRepository {
  return {
    insert: (loop, executor = database) =>
      executor.transaction(async (transaction) => {
        const { id, name, version: hash, createdAt } = loop;
        await transaction
          .insert(loops)
          .values({ id, name, version: hash, createdAt, body: loop })
          .onConflictDoNothing({ target: [loops.name, loops.version] });
        const stored = (await version(name, hash, transaction)) ?? loop;
        const inUse = await latest(name, transaction);
        if (inUse?.id !== stored.id) await transaction.insert(loopUses).values({ name, loop: stored.id });
        return stored;
      }),
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(loops).where(eq(loops.id, id));
      return row ? row.body : null;
    },
    version: (name, hash, executor = database) => version(name, hash, executor),
    latest: (name, executor = database) => latest(name, executor),
    latestOfEach: async (executor = database) => {
      const rows = await executor
        .selectDistinctOn([loopUses.name], { body: loops.body })
        .from(loopUses)
        .innerJoin(loops, eq(loops.id, loopUses.loop))
        .orderBy(loopUses.name, desc(loopUses.sequence));
      return rows.map(({ body }) => body);
    },
    list: async (name, executor = database) => {
      const ofName = name === undefined ? undefined : eq(loops.name, name);
      const rows = await executor.select({ body: loops.body }).from(loops).where(ofName).orderBy(asc(loops.id));
      return rows.map(({ body }) => body);
    },
  };
}

async function version(name: string, hash: string, executor: Executor): Promise<Loop | null> {
  const [row] = await executor
    .select({ body: loops.body })
    .from(loops)
    .where(and(eq(loops.name, name), eq(loops.version, hash)));
  return row ? row.body : null;
}

async function latest(name: string, executor: Executor): Promise<Loop | null> {
  const [row] = await executor
    .select({ body: loops.body })
    .from(loopUses)
    .innerJoin(loops, eq(loops.id, loopUses.loop))
    .where(eq(loopUses.name, name))
    .orderBy(desc(loopUses.sequence))
    .limit(1);
  return row ? row.body : null;
}
