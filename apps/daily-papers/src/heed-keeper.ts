import { startHeed } from './heed-process.ts';
import type { HeedProcess, HeedProcessOptions } from './heed-process.ts';

const restartPauseMs = 1_000;

/** A Heed that is there for as long as the page is. */
export interface HeedKeeper {
  /** Its address, once it serves; it stays the same when Heed is started again. */
  readonly url: Promise<string>;
  /** Ends it, also while it is still starting; resolves when it has ended. */
  stop(): Promise<void>;
}

/** Starts Heed, and starts it again where it ends by itself. */
export function keepHeed({ log, ...options }: Omit<HeedProcessOptions, 'port' | 'signal'>): HeedKeeper {
  const ending = new AbortController();
  const { signal } = ending;
  let running: HeedProcess | null = null;

  async function run(port: number): Promise<HeedProcess> {
    running = await startHeed({ ...options, log, port, signal });
    return running;
  }

  async function stay({ url, ended }: HeedProcess): Promise<void> {
    await ended;
    while (!signal.aborted) {
      log('it has ended by itself and is started again; the page goes on meanwhile');
      await new Promise((resolve) => setTimeout(resolve, restartPauseMs));
      try {
        await (
          await run(Number(new URL(url).port))
        ).ended;
      } catch (error) {
        if (!signal.aborted) log(error instanceof Error ? error.message : String(error));
      }
    }
  }

  const first = run(0);
  const staying = first.then(stay, () => undefined);
  return {
    url: first.then(({ url }) => url),
    async stop() {
      ending.abort();
      await running?.stop();
      await staying;
    },
  };
}
