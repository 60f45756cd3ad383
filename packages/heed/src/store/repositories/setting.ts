import { eq } from 'drizzle-orm';
import type { JsonValue } from '../../spec/index.ts';
import { settings } from '../schema.ts';
import type { Executor } from '../transaction.ts';

export interface SettingRepository {
  readonly get: (name: string, executor?: Executor) => Promise<JsonValue | null>;
  readonly set: (name: string, value: JsonValue, executor?: Executor) => Promise<void>;
  /** The stored value; where there is none, the one that `make` gives, unless another process was first. */
  readonly create: (name: string, make: () => JsonValue, executor?: Executor) => Promise<JsonValue>;
}

/** Named values that all processes of a store share. */
export function createSettingRepository(database: Executor): SettingRepository {
  return {
    get: (name, executor = database) => get(name, executor),
    set: async (name, value, executor = database) => {
      await executor
        .insert(settings)
        .values({ name, value })
        .onConflictDoUpdate({ target: settings.name, set: { value } });
    },
    create: async (name, make, executor = database) => {
      const stored = await get(name, executor);
      if (stored !== null) return stored;
      const made = make();
      await executor.insert(settings).values({ name, value: made }).onConflictDoNothing();
      return (await get(name, executor)) ?? made;
    },
  };
}

async function get(name: string, executor: Executor) {
  const [row] = await executor.select().from(settings).where(eq(settings.name, name));
  return row?.value ?? null;
}
