type Sizes = Readonly<Record<string, number>>;

interface Closable {
  readonly close: () => Promise<void>;
}

export interface ProgramCacheOptions<Program> {
  /** Compiles and loads the program of these sizes. */
  readonly load: (dimensions: Sizes) => Promise<Program>;
  /** Programs kept; the one that has not been used for longest goes first. */
  readonly capacity?: number;
}

export const programCacheDefaults = { capacity: 16 } as const;

export interface ProgramCache<Program> {
  /** Runs the job with the program of these sizes, which stays loaded at least until the job is done. */
  readonly use: <Result>(dimensions: Sizes, job: (program: Program) => Promise<Result>) => Promise<Result>;
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

interface Entry<Program> {
  readonly program: Promise<Program>;
  users: number;
}

function keyOf(dimensions: Sizes): string {
  return JSON.stringify(Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Keeps the programs of the sizes that are in use, at most so many of them. Where there are more sizes than places, load
 * with `keepsWorkspace: false`, or memory grows with every program that comes and goes.
 *
 * @throws {RangeError} Where the capacity is not a whole number from 1.
 * @example
 * const cache = createProgramCache({
 *   load: ({ T }) => runtime.load(model, { dimensions: { B: 16, T }, keepsWorkspace: false }),
 * });
 * const { loss } = await cache.use({ T: bucketLength(length) }, (program) => program.run(inputs));
 */
export function createProgramCache<Program extends Closable>(
  options: ProgramCacheOptions<Program>,
): ProgramCache<Program> {
  const { load, capacity } = { ...programCacheDefaults, ...options };
  if (!Number.isSafeInteger(capacity) || capacity < 1)
    throw new RangeError(`cannot create cache, as its capacity must be a whole number from 1: it is ${capacity}`);
  // A map keeps the order of insertion: what is used is inserted anew, so the first is the one to go.
  const entries = new Map<string, Entry<Program>>();
  const evict = async (): Promise<void> => {
    for (const [key, entry] of entries) {
      if (entries.size <= capacity) return;
      if (entry.users > 0) continue;
      entries.delete(key);
      await (await entry.program).close();
    }
  };
  return {
    size: () => entries.size,
    use: async (dimensions, job) => {
      const key = keyOf(dimensions);
      const entry = entries.get(key) ?? { program: load(dimensions), users: 0 };
      entries.delete(key);
      entries.set(key, entry);
      entry.users += 1;
      try {
        const program = await entry.program.catch((error: unknown) => {
          // The next use is to try again.
          if (entries.get(key) === entry) entries.delete(key);
          throw error;
        });
        return await job(program);
      } finally {
        entry.users -= 1;
        await evict();
      }
    },
    close: async () => {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(async ({ program }) => (await program).close()));
    },
  };
}
