import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Experiment } from '../../spec/index.ts';
import { channelName } from '../notifications.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { experimentEnds, experiments } from '../schema.ts';
import type { ExperimentEnd } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface ExperimentFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly name?: string | undefined;
}

export interface ExperimentRepository {
  /** Stores a running experiment, and tells the servers when it commits. */
  readonly insert: (experiment: Experiment, executor?: Executor) => Promise<void>;
  /** Ends a running experiment, and tells the servers; false where it has ended already. */
  readonly end: (experiment: Experiment, end: ExperimentEnd, executor?: Executor) => Promise<boolean>;
  readonly get: (id: string, executor?: Executor) => Promise<Experiment | null>;
  /** The experiment of a loop that has not ended. */
  readonly running: (loop: string, executor?: Executor) => Promise<Experiment | null>;
  readonly list: (filter?: ExperimentFilter, executor?: Executor) => Promise<Page<Experiment>>;
  /** Artifacts that were made for an arm of an experiment. */
  readonly variants: (loop: string, executor?: Executor) => Promise<Set<string>>;
}

/** Experiments, each with its end where it has one. */
export function createExperimentRepository(database: Executor): ExperimentRepository {
  return {
    insert: (experiment, executor = database) =>
      executor.transaction(async (transaction) => {
        const { id, loop, name } = experiment;
        await transaction.insert(experiments).values({ id, loop, name, body: experiment });
        await tell(transaction, experiment);
      }),
    end: (experiment, body, executor = database) =>
      executor.transaction(async (transaction) => {
        const { id, loop } = experiment;
        const rows = await transaction
          .insert(experimentEnds)
          .values({ experiment: id, loop, body })
          .onConflictDoNothing()
          .returning();
        if (rows.length > 0) await tell(transaction, experiment);
        return rows.length > 0;
      }),
    get: async (id, executor = database) => {
      const [row] = await select(executor).where(eq(experiments.id, id));
      return row === undefined ? null : toExperiment(row);
    },
    running: async (loop, executor = database) => {
      const [row] = await select(executor).where(and(eq(experiments.loop, loop), isNull(experimentEnds.experiment)));
      return row === undefined ? null : toExperiment(row);
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(experiments.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(experiments.loop, filter.loop));
      if (filter.name !== undefined) conditions.push(eq(experiments.name, filter.name));
      const rows = await select(executor)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(rows.map(toExperiment), limit);
    },
    variants: async (loop, executor = database) => {
      const rows = await executor.select().from(experiments).where(eq(experiments.loop, loop));
      const arms = rows
        .flatMap(({ body }) => body.arms)
        .filter(({ policy }) => policy.type === 'variant' || policy.type === 'learner');
      return new Set(arms.flatMap(({ artifact }) => artifact ?? []));
    },
  };
}

function select(executor: Executor) {
  return executor
    .select({ declared: experiments.body, ended: experimentEnds.body })
    .from(experiments)
    .leftJoin(experimentEnds, eq(experimentEnds.experiment, experiments.id));
}

function toExperiment({ declared, ended }: { declared: Experiment; ended: ExperimentEnd | null }): Experiment {
  return { ...declared, ...ended };
}

async function tell(transaction: Executor, { id, loop }: Experiment): Promise<void> {
  await transaction.execute(sql`select pg_notify(${channelName('experiment')}, ${JSON.stringify({ loop, id })})`);
}
