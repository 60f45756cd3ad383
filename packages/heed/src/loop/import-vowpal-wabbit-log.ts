import { HeedError, isHeedError } from '../spec/index.ts';
import type { FeedbackRequest, Heed, LimitedHeed } from './heed.ts';
import { logReader } from './import-vowpal-wabbit-logged.ts';
import type { Logged, LoggedDecision, VowpalFormat } from './import-vowpal-wabbit-logged.ts';

export interface VowpalImportOptions {
  readonly format: VowpalFormat;
  readonly loop: string;
  /** The feedback that rewards are given as; its value is a number. */
  readonly feedback: string;
  /** Names the log: the same decision in another log is another one. Events of `dsjson` have names of their own. */
  readonly source: string;
  /** When decisions without a time were made, ISO 8601. Default: now. */
  readonly decidedAt?: string | undefined;
  /** Called after each batch with the decisions taken so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface VowpalImport {
  readonly decisions: number;
  /** Decisions that were there already. */
  readonly duplicates: number;
  /** Decisions with nothing to learn from, by what is missing. */
  readonly skipped: { readonly [why: string]: number };
}

type Taken = Logged & LoggedDecision;

/** Decisions that are on their way to the store at once. */
const batchSize = 256;

/**
 * Records the decisions of a log in a loop, each with its reward. What was imported before is left alone, so that an
 * import that was broken off is taken up by starting it again, and a log that has grown gives its new decisions.
 *
 * Decisions of the text are known by their lines: actions are called by their tags, else `action 1`, `action 2`, … in
 * the order of their lines. Those of `dsjson` have their times; their rewards count as given at once.
 *
 * @throws HeedError `invalid-input` and whatever the loop refuses, with the line; what came before it is imported.
 */
export async function importVowpalWabbit(
  heed: Pick<Heed | LimitedHeed, 'record' | 'feedback'>,
  lines: AsyncIterable<string> | Iterable<string>,
  options: VowpalImportOptions,
): Promise<VowpalImport> {
  const read = logReader(options.format, options.source);
  const skipped = new Map<string, number>();
  let [decisions, duplicates] = [0, 0];
  let batch: Taken[] = [];

  async function store(): Promise<void> {
    const waiting = batch;
    batch = [];
    const again = await storeBatch(heed, waiting, options);
    decisions += waiting.length - again;
    duplicates += again;
    options.onProgress?.(decisions + duplicates);
  }

  function take(logged: Logged | null): void {
    if (logged === null) return;
    if ('skipped' in logged) skipped.set(logged.skipped, (skipped.get(logged.skipped) ?? 0) + 1);
    else batch.push(logged);
  }

  try {
    for await (const line of lines) {
      take(read(line));
      if (batch.length >= batchSize) await store();
    }
    take(read(''));
  } finally {
    // What stands before a line that cannot be read is imported all the same.
    if (batch.length > 0) await store();
  }
  return { decisions, duplicates, skipped: Object.fromEntries(skipped) };
}

/** @returns how many were there already. */
async function storeBatch(
  heed: Pick<Heed | LimitedHeed, 'record' | 'feedback'>,
  batch: readonly Taken[],
  { loop, feedback: name, decidedAt }: VowpalImportOptions,
): Promise<number> {
  const results = await Promise.allSettled(
    batch.map(async ({ line, request, reward }) => {
      const time = request.decidedAt ?? decidedAt;
      const { decision } = await heed
        .record(loop, { ...request, decidedAt: time, origin: 'imported' })
        .catch((error: unknown) => refuseAt(line, error));
      const judgement: FeedbackRequest = {
        loop,
        decision,
        name,
        value: reward,
        source: { type: 'system', id: 'log', seen: 'everything' },
        // The window is measured from the decision: what is read years later was said then.
        observedAt: time,
        idempotencyKey: request.idempotencyKey,
      };
      const [given] = await heed
        .feedback([judgement as Parameters<Heed['feedback']>[0][number]])
        .catch((error: unknown) => refuseAt(line, error));
      return given?.status === 'duplicate' ? 1 : 0;
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
}

function refuseAt(line: number, error: unknown): never {
  if (!isHeedError(error)) throw error;
  throw new HeedError(error.code, `cannot import the decision at line ${line}: ${error.message}`, { cause: error });
}
