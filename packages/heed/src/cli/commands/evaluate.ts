import { resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { createIds } from '../../math/index.ts';
import { evaluateFile, toReport } from '../../loop/evaluate/index.ts';
import type { EvaluationReport } from '../../spec/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { formatOf, formats } from '../formats.ts';
import type { FileFormat } from '../formats.ts';
import { counted, short, table } from '../output.ts';

interface EvaluateOptions extends SharedOptions {
  readonly format?: FileFormat;
  readonly rewardRange?: readonly [number, number];
  readonly leastProbability?: number;
  readonly skipBadRows?: boolean;
}

export function evaluateCommand(execute: Execute): Command {
  return command('evaluate', 'Estimate from a log what another policy would have earned, and whether to trust that')
    .argument('<file>', 'a .jsonl or .parquet file with a row a decision: reward, probability, target …')
    .addOption(new Option('--format <format>', "the file's format (default: by its name)").choices(formats))
    .option(
      '--reward-range <least,largest>',
      'what rewards lie between; intervals that hold at every size need it',
      range,
    )
    .option('--least-probability <number>', 'the logging policy gave no allowed action less', probability)
    .option('--skip-bad-rows', 'leave wrong rows out and count them, instead of ending at the first')
    .action((file: string, options: EvaluateOptions) =>
      execute(
        options,
        async (session) => {
          const { rewardRange, leastProbability, skipBadRows } = options;
          const progress = session.progress('evaluating');
          try {
            const outcome = await evaluateFile(
              options.format ?? formatOf(file),
              resolve(session.terminal.folder, file),
              {
                rewardRange,
                leastProbability,
                skipBadRows,
                signal: session.interrupted,
                onProgress: (rows) => progress.update(counted(rows, 'row')),
              },
            );
            progress.stop();
            const report = toReport(outcome, {
              id: createIds(session.terminal.clock, (words) => crypto.getRandomValues(words))(),
              loop: null,
              artifact: null,
              computedFrom: { file },
              createdAt: new Date(session.terminal.clock()).toISOString(),
            });
            return { json: report, text: textOf(report) };
          } finally {
            progress.stop();
          }
        },
        { stopsItself: true },
      ),
    );
}

function textOf({ estimates, diagnostics, verdict }: EvaluationReport): string {
  const rows = estimates.map(({ name, value, interval }) => [
    name,
    short(value),
    interval === null ? null : `${short(interval.lower)} … ${short(interval.upper)}`,
    interval === null ? null : interval.method,
  ]);
  const bad = diagnostics['badRows'] as unknown as readonly { reason: string; count: number; first: string }[];
  return [
    `${verdict.outcome}: ${verdict.because}`,
    ...bad.map(({ reason, count, first }) => `left out ${counted(count, 'row')}, the first at ${first}: ${reason}`),
    ...(diagnostics['duplicatesChecked'] === true ? [] : ['rows have no id: duplicates among them cannot be found']),
    '',
    table(['estimate', 'value', 'interval', 'method'], rows, 'no estimate'),
  ].join('\n');
}

function range(text: string): readonly [number, number] {
  const [least, largest, ...more] = text.split(',').map(Number);
  if (least !== undefined && largest !== undefined && least < largest && more.length === 0) return [least, largest];
  throw new InvalidArgumentError('It must be two numbers, the smaller one first, as 0,1.');
}

function probability(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number above 0 and at most 1.');
}
