import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '.cache', 'benchmarks');
const toldEveryMs = 10_000;

export interface ResumableOptions {
  /** Names the file that keeps what is done. */
  readonly name: string;
  /** Files and settings that results hang on: with others nothing that was kept counts. */
  readonly sources: readonly string[];
  readonly settings: unknown;
}

/**
 * Makes many results one after another and keeps each as it is made, so that a run that was interrupted goes on where it was.
 * What was kept is deleted by `done`: the next run makes everything anew.
 */
export function createResumable({ name, sources, settings }: ResumableOptions): {
  each<Result>(what: string, count: number, make: (place: number) => Result): Result[];
  /** The same for what takes other processes: one after another, each told of. */
  eachLater<Result>(what: string, count: number, make: (place: number) => Promise<Result>): Promise<Result[]>;
  done(): void;
} {
  const digest = createHash('sha256').update(JSON.stringify(settings));
  for (const source of sources) digest.update(readFileSync(source));
  const file = join(folder, `${name}-${digest.digest('hex').slice(0, 16)}.jsonl`);
  mkdirSync(folder, { recursive: true });
  const kept = new Map<string, unknown>();
  // The last line may have been cut off where the process was killed.
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  for (const line of lines) {
    const [key, result] = JSON.parse(line) as [string, unknown];
    kept.set(key, result);
  }
  if (kept.size > 0) console.error(`goes on after ${kept.size} results`);
  let toldAt = performance.now();

  function keep(key: string, result: unknown): void {
    appendFileSync(file, `${JSON.stringify([key, result])}\n`);
  }

  return {
    each<Result>(what: string, count: number, make: (place: number) => Result): Result[] {
      return Array.from({ length: count }, (_, place) => {
        const key = `${what} ${place}`;
        if (kept.has(key)) return kept.get(key) as Result;
        const result = make(place);
        keep(key, result);
        if (performance.now() - toldAt > toldEveryMs) {
          toldAt = performance.now();
          console.error(`${what}: ${place + 1} of ${count}`);
        }
        return result;
      });
    },
    async eachLater<Result>(what: string, count: number, make: (place: number) => Promise<Result>): Promise<Result[]> {
      const results: Result[] = [];
      for (let place = 0; place < count; place += 1) {
        const key = `${what} ${place}`;
        const result = kept.has(key) ? (kept.get(key) as Result) : await make(place);
        if (!kept.has(key)) keep(key, result);
        console.error(`${what}: ${place + 1} of ${count}`);
        results.push(result);
      }
      return results;
    },
    done: () => rmSync(file, { force: true }),
  };
}
