import { inArray } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { Activation } from '../../spec/index.ts';
import type { HotInsertOptions, HotServices, HotTable, StoredRecord } from '../hot.ts';
import { createHotWriter } from '../hot.ts';
import { activations } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface ActivationRepository {
  /** Resolves once the commit is on disk. A decision is activated once: the first activation counts. */
  readonly insert: (
    activation: Activation,
    options: HotInsertOptions & { readonly loop: string },
  ) => Promise<StoredRecord<Activation>>;
  /** The activation of each of these decisions that has one. */
  readonly ofDecisions: (decisionIds: readonly string[], executor?: Executor) => Promise<Map<string, Activation>>;
  readonly drain: () => Promise<void>;
}

export type ActivationRow = typeof activations.$inferSelect;

/** The record of a row. */
export function decodeActivation(row: ActivationRow): Activation {
  const { xid: _xid, loop: _loop, ...typed } = row;
  return typed as Activation;
}

const table: HotTable<Activation> = {
  kind: 'activation',
  firstCounts: true,
  partitioned: false,
  keyOf: (activation) => activation.decision,
  insert: async (client, entries) => {
    const { rows } = await client.query<{ decision: string }>({
      name: 'heed-activations',
      text: `insert into heed.activation (decision, id, loop, activated_at, schema_version)
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::smallint[]) on conflict (decision) do nothing returning decision`,
      values: [
        entries.map(({ record }) => record.decision),
        entries.map(({ record }) => record.id),
        entries.map(({ loop }) => loop),
        entries.map(({ record }) => record.activatedAt),
        entries.map(({ record }) => record.schemaVersion),
      ],
    });
    return rows.map(({ decision }) => decision);
  },
  find: (client, decisionIds) => ofDecisions(drizzle(client), decisionIds),
};

/** Activations: that a deferred decision was shown after all. */
export function createActivationRepository(database: Executor, services: HotServices): ActivationRepository {
  const writer = createHotWriter(services, table);
  return {
    insert: (record, options) => writer.write({ ...options, record }),
    ofDecisions: (decisionIds, executor = database) => ofDecisions(executor, decisionIds),
    drain: writer.drain,
  };
}

async function ofDecisions(executor: Executor, decisionIds: readonly string[]): Promise<Map<string, Activation>> {
  if (decisionIds.length === 0) return new Map();
  const rows = await executor
    .select()
    .from(activations)
    .where(inArray(activations.decision, [...decisionIds]));
  return new Map(rows.map((row) => [row.decision, decodeActivation(row)]));
}
