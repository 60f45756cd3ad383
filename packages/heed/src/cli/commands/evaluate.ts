import { setTimeout as wait } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { createIds } from '../../math/index.ts';
import { estimators, evaluateFile, toReport } from '../../loop/evaluate/index.ts';
import type { EstimatorName, EvaluateOptions as Request } from '../../loop/evaluate/index.ts';
import { HeedError } from '../../spec/index.ts';
import type { EvaluationReport } from '../../spec/index.ts';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { textOfEvaluation } from '../evaluations.ts';
import { UsageError } from '../exit.ts';
import { fileToRead } from '../files.ts';
import { formatOf, formats } from '../formats.ts';
import type { FileFormat } from '../formats.ts';
import { audited } from '../operator.ts';
import type { Operator } from '../operator.ts';
import { counted } from '../output.ts';
import type { Session } from '../session.ts';

interface EvaluateOptions extends ServerOptions {
  readonly loop?: string;
  readonly artifact?: string;
  readonly from?: string;
  readonly to?: string;
  readonly estimators?: readonly EstimatorName[];
  readonly attention?: readonly number[];
  readonly level?: number;
  readonly seed?: string;
  readonly rewardModel: boolean;
  readonly format?: FileFormat;
  readonly rewardRange?: readonly [number, number];
  readonly leastProbability?: number;
  readonly skipBadRows?: boolean;
}

const pollMs = 500;

export function evaluateCommand(execute: Execute): Command {
  return serverCommand(
    'evaluate',
    'Estimate from a log what another policy would have earned, and whether to trust that',
  )
    .argument('[file]', 'a .jsonl or .parquet file with a row a decision; left out: what the loop has recorded')
    .option('--loop <name>', 'the loop that recorded the log, or whose policy is evaluated')
    .option('--artifact <id>', 'the policy that is evaluated (default: what serves; of a file: its column `target`)')
    .option('--from <time>', 'only what was decided from then on (ISO)', time)
    .option('--to <time>', 'only what was decided before then (ISO)', time)
    .option('--estimators <names>', 'which, parted by commas (default: all that the log has what they need for)', names)
    .option('--attention <numbers>', 'that each place of a slate gets, the best place first, as 1,0.6,0.4', shares)
    .option('--level <number>', 'of the intervals (default: 0.95)', fraction)
    .option('--seed <text>', "of the bootstrap's resamples (default: evaluation)")
    .option('--no-reward-model', 'fit no model of the reward, which doubly robust estimates need')
    .addOption(new Option('--format <format>', "the file's format (default: by its name)").choices(formats))
    .option(
      '--reward-range <least,largest>',
      'what rewards of the file lie between; intervals that hold at every size need it',
      range,
    )
    .option('--least-probability <number>', 'the logging policy gave no allowed action less', fraction)
    .option('--skip-bad-rows', 'leave wrong rows of the file out and count them, instead of ending at the first')
    .action((file: string | undefined, options: EvaluateOptions) =>
      execute(
        options,
        async (session) => {
          const report = await evaluate(session, file, options);
          const kept = report.loop === null ? '' : `\n\nkept as ${report.id}: heed evaluations show ${report.id}`;
          return { json: report, text: `${textOfEvaluation(report)}${kept}` };
        },
        { stopsItself: true },
      ),
    );
}

async function evaluate(
  session: Session,
  file: string | undefined,
  options: EvaluateOptions,
): Promise<EvaluationReport> {
  requireSense(file, options);
  const progress = session.progress('evaluating');
  const onProgress = (rows: number): void => progress.update(counted(rows, 'decision'));
  try {
    if (file !== undefined && options.artifact === undefined && options.loop === undefined)
      return await evaluateTargets(session, file, options, onProgress);
    if (file === undefined && isRemote(session)) return await evaluateThere(session, options, onProgress);
    return await evaluateHere(session, file, options, onProgress);
  } finally {
    progress.stop();
  }
}

/** What would be of no account is said to be, instead of being passed over. */
function requireSense(file: string | undefined, options: EvaluateOptions): void {
  const { loop, artifact, from, to, server, format, rewardRange, skipBadRows, attention } = options;
  const stored = loop !== undefined || artifact !== undefined;
  if (file === undefined && !stored) throw new UsageError('say what to evaluate: a file, --loop or --artifact');
  if (stored && rewardRange !== undefined)
    throw new UsageError('leave --reward-range out, as the loop says what its rewards lie between');
  if (!stored && attention !== undefined)
    throw new UsageError('leave --attention out, as the file says what attention each item gets: it names no loop');
  if (file === undefined && (format !== undefined || skipBadRows === true))
    throw new UsageError('leave --format and --skip-bad-rows out, as they are about a file: none is named');
  if (file !== undefined && (from !== undefined || to !== undefined))
    throw new UsageError('leave --from and --to out, as all rows of a file are read');
  if (file !== undefined && server !== undefined)
    throw new UsageError('leave --server out, as a file is read here: the artifact comes from the store');
}

type Tell = (rows: number) => void;

/** The file has the probabilities of the policy that is evaluated: nothing else is needed. */
async function evaluateTargets(session: Session, file: string, options: EvaluateOptions, onProgress: Tell) {
  const { rewardRange, leastProbability, skipBadRows, estimators: asked, level, seed } = options;
  const { clock, folder } = session.terminal;
  const outcome = await evaluateFile(options.format ?? formatOf(file), await fileToRead(folder, file), {
    rewardRange,
    leastProbability,
    skipBadRows,
    estimators: asked,
    level,
    seed,
    signal: session.interrupted,
    onProgress,
  });
  return toReport(outcome, {
    id: createIds(clock, (words) => crypto.getRandomValues(words))(),
    loop: null,
    artifact: null,
    computedFrom: { file },
    createdAt: new Date(clock()).toISOString(),
  });
}

/** In this process, on the store or on a file; the report is kept. */
async function evaluateHere(session: Session, file: string | undefined, options: EvaluateOptions, onProgress: Tell) {
  const path = file === undefined ? undefined : await fileToRead(session.terminal.folder, file);
  const heed = await session.openHeed('look');
  const { artifact, format, skipBadRows } = options;
  const loop = await loopOf(heed, options);
  return audited(
    heed,
    'evaluate',
    { loop, detail: artifact === undefined ? {} : { artifact } },
    () =>
      heed.evaluate(loop, {
        ...requestOf(options),
        ...(file !== undefined && path !== undefined && { file: { format: format ?? formatOf(file), path } }),
        skipBadRows,
        onProgress,
        signal: session.interrupted,
      }),
    ({ id }) => ({ target: id }),
  );
}

/** By a worker of the server's: this waits for it. */
async function evaluateThere(session: Session, options: EvaluateOptions, onProgress: Tell): Promise<EvaluationReport> {
  const heed = await session.operator();
  const loop = await loopOf(heed, options);
  const { id } = await heed.evaluations.queue(loop, requestOf(options));
  for (;;) {
    const { status, progress, outcome } = await heed.jobs.get(id);
    if (progress !== null) onProgress(progress.done);
    const { report, code, message } = (outcome ?? {}) as { report?: string; code?: string; message?: string };
    if (status === 'succeeded' && report !== undefined) return heed.evaluations.get(report);
    if (status === 'failed' || status === 'cancelled')
      throw new HeedError(
        code === 'not-found' ? code : 'invalid-input',
        message ?? `the evaluation ${id} was cancelled`,
      );
    await wait(pollMs, undefined, { signal: session.interrupted });
  }
}

/** The loop that was named, or the one that the artifact was trained for. */
async function loopOf(
  { artifacts }: Pick<Operator, 'artifacts'>,
  { loop, artifact = '' }: EvaluateOptions,
): Promise<string> {
  return loop ?? (await artifacts.get(artifact)).loop;
}

function requestOf({ rewardModel, ...given }: EvaluateOptions): Request {
  const { artifact, from, to, estimators: asked, attention, level, seed, leastProbability } = given;
  return {
    artifact,
    from,
    to,
    estimators: asked,
    attention,
    level,
    seed,
    leastProbability,
    ...(!rewardModel && { rewardModel }),
  };
}

function isRemote({ options, terminal }: Session): boolean {
  return (options.server ?? terminal.environment['HEED_SERVER'] ?? '') !== '';
}

function range(text: string): readonly [number, number] {
  const [least, largest, ...more] = text.split(',').map(Number);
  if (least !== undefined && largest !== undefined && least < largest && more.length === 0) return [least, largest];
  throw new InvalidArgumentError('It must be two numbers, the smaller one first, as 0,1.');
}

function shares(text: string): readonly number[] {
  const attention = text.split(',').map(Number);
  if (attention.every((share) => share >= 0)) return attention;
  throw new InvalidArgumentError('It must be numbers not below 0, as 1,0.6,0.4.');
}

function fraction(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number above 0 and at most 1.');
}

function time(text: string): string {
  const at = Date.parse(text);
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError('It must be a time, as 2026-01-06 or 2026-01-06T09:30:00Z.');
}

function names(text: string): readonly EstimatorName[] {
  const asked = text.split(',');
  const strange = asked.find((name) => !Object.hasOwn(estimators, name));
  if (strange === undefined) return asked as EstimatorName[];
  throw new InvalidArgumentError(`There is no ${strange}: there are ${Object.keys(estimators).join(', ')}.`);
}
