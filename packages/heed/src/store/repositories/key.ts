import { eq, getTableColumns, sql } from 'drizzle-orm';
import type { ApiKey } from '../../spec/index.ts';
import { apiKeyEnds, apiKeys, apiKeyUses } from '../schema.ts';
import type { Executor } from '../transaction.ts';

/** A key as it is stored: with its secret's hash. */
export interface StoredKey extends ApiKey {
  /** SHA-256 of the secret, in hexadecimal. */
  readonly hash: string;
}

export interface KeyEnd {
  readonly id: string;
  readonly key: string;
  readonly endsAt: string;
  readonly why: 'rotated' | 'revoked';
}

export interface KeyRepository {
  readonly insert: (key: StoredKey, executor?: Executor) => Promise<void>;
  readonly get: (id: string, executor?: Executor) => Promise<StoredKey | null>;
  /** Every key that ever was, oldest first. */
  readonly list: (executor?: Executor) => Promise<StoredKey[]>;
  /** Says when a key stops to hold; an earlier end stays. */
  readonly end: (end: KeyEnd, executor?: Executor) => Promise<void>;
  /** Says when a key was used; an earlier time changes nothing. */
  readonly used: (id: string, at: string, executor?: Executor) => Promise<void>;
}

/** API keys: who may ask. */
export function createKeyRepository(database: Executor): KeyRepository {
  return {
    insert: async ({ endsAt: _endsAt, endsWhy: _endsWhy, usedAt: _usedAt, ...key }, executor = database) => {
      await executor.insert(apiKeys).values(key);
    },
    get: async (id, executor = database) => {
      const [row] = await selectKeys(executor).where(eq(apiKeys.id, id));
      return row ?? null;
    },
    list: async (executor = database) => selectKeys(executor).orderBy(apiKeys.id),
    end: async (end, executor = database) => {
      await executor.insert(apiKeyEnds).values(end);
    },
    used: async (key, usedAt, executor = database) => {
      await executor
        .insert(apiKeyUses)
        .values({ key, usedAt })
        .onConflictDoUpdate({
          target: apiKeyUses.key,
          set: { usedAt: sql`greatest(${apiKeyUses.usedAt}, excluded.used_at)` },
        });
    },
  };
}

/** Keys, each with its first end and its last use. */
function selectKeys(executor: Executor) {
  const end = executor
    .selectDistinctOn([apiKeyEnds.key], { key: apiKeyEnds.key, endsAt: apiKeyEnds.endsAt, why: apiKeyEnds.why })
    .from(apiKeyEnds)
    .orderBy(apiKeyEnds.key, apiKeyEnds.endsAt)
    .as('first_end');
  return executor
    .select({ ...getTableColumns(apiKeys), endsAt: end.endsAt, endsWhy: end.why, usedAt: apiKeyUses.usedAt })
    .from(apiKeys)
    .leftJoin(end, eq(end.key, apiKeys.id))
    .leftJoin(apiKeyUses, eq(apiKeyUses.key, apiKeys.id));
}
