import { and, eq } from 'drizzle-orm';
import type { Dataset } from '../../spec/index.ts';
import { pageOf, toPage } from '../page.ts';
import type { Page, PageOptions } from '../page.ts';
import { datasets } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface DatasetFilter extends PageOptions {
  readonly loop?: string | undefined;
  readonly name?: string | undefined;
}

export interface DatasetRepository {
  readonly insert: (dataset: Dataset, executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<Dataset | null>;
  readonly list: (filter?: DatasetFilter, executor?: Executor) => Promise<Page<Dataset>>;
}

/** Data sets: bulk experience kept as files. */
export function createDatasetRepository(database: Executor): DatasetRepository {
  return {
    insert: async (dataset, executor = database) => {
      const { id, loop, name } = dataset;
      await executor.insert(datasets).values({ id, loop, name, body: dataset });
    },
    get: async (id, executor = database) => {
      const [row] = await executor.select().from(datasets).where(eq(datasets.id, id));
      return row ? row.body : null;
    },
    list: async (filter = {}, executor = database) => {
      const { conditions, order, limit } = pageOf(datasets.id, filter);
      if (filter.loop !== undefined) conditions.push(eq(datasets.loop, filter.loop));
      if (filter.name !== undefined) conditions.push(eq(datasets.name, filter.name));
      const rows = await executor
        .select()
        .from(datasets)
        .where(and(...conditions))
        .orderBy(order)
        .limit(limit);
      return toPage(
        rows.map((row) => row.body),
        limit,
      );
    },
  };
}
