import { BadRow, createEvaluation, createLogReader, createSlateReader, isSlateRow } from '../../evaluation/index.ts';
import type { BadRows, EvaluationOptions, LogReaderOptions } from '../../evaluation/index.ts';
import { HeedError } from '../../spec/index.ts';
import { readFileRows } from './file-rows.ts';
import type { TakeRow } from './file-rows.ts';
import type { EvaluationOutcome } from './report.ts';

export interface EvaluateFileOptions extends EvaluationOptions, LogReaderOptions {
  readonly onProgress?: ((rows: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Evaluates a log in a file: a row a decision, with its reward and both policies' probabilities of what was done; or a row a
 * slate, with the rewards of its places. The file is read as it is evaluated, so that its size does not matter.
 *
 * @throws HeedError `invalid-input` naming the first row that is wrong and the reason, unless such rows are skipped.
 */
export async function evaluateFile(
  format: 'jsonl' | 'parquet',
  path: string,
  options: EvaluateFileOptions = {},
): Promise<EvaluationOutcome> {
  const { onProgress, signal, skipBadRows } = options;
  const intake = createIntake(options);
  await refusing(async () => {
    await readFileRows(format, path, intake.push, {
      skipBadRows,
      signal,
      onProgress: () => onProgress?.(intake.used),
    });
    intake.end();
  });
  return intake.outcome();
}

/** What takes rows in, of either shape, and evaluates them. */
interface Intake {
  readonly push: TakeRow;
  end(): void;
  readonly used: number;
  /** @throws HeedError `invalid-input` where no row could be used. */
  outcome(): EvaluationOutcome;
}

interface IntakeOptions extends EvaluationOptions, LogReaderOptions {
  /** Whether rows are slates. Left out: the rows tell. */
  readonly slates?: boolean | undefined;
}

/** Evaluates rows as they come: the first one that has a reward tells whether they are slates. */
export function createIntake(options: IntakeOptions): Intake {
  const evaluation = createEvaluation(options);
  const rounds = createLogReader((chunk) => evaluation.add(chunk), options);
  const slates = createSlateReader((chunk) => evaluation.add(chunk), options);
  let reader = options.slates === true ? slates : rounds;
  let known = options.slates !== undefined;

  /** A wrong row that came before anything was known was given to the reader of choices. */
  const badRows = (): BadRows[] => (reader === rounds ? rounds.badRows() : [...slates.badRows(), ...rounds.badRows()]);

  return {
    push(get, place) {
      if (!known && isSlateRow(get)) reader = slates;
      reader.push(get, place);
      known ||= reader.used > 0;
    },
    end: () => reader.end(),
    get used() {
      return reader.used;
    },
    outcome() {
      if (reader.used === 0)
        throw new HeedError(
          'invalid-input',
          `cannot evaluate, as the log must have a row that can be used: ${firstFault(badRows())}`,
        );
      return { result: evaluation.finish(), badRows: badRows(), hasIds: reader.hasIds };
    },
  };
}

/** Tells of a wrong row as callers expect it. */
export async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadRow) throw new HeedError('invalid-input', error.message, { cause: error });
    throw error;
  }
}

function firstFault([worst]: readonly BadRows[]): string {
  return worst === undefined ? 'it is empty' : `at ${worst.first} ${worst.reason}, and so on`;
}
