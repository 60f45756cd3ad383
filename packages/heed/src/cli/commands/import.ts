import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { importVowpalWabbit, vowpalFormats } from '../../loop/index.ts';
import type { Heed, VowpalFormat } from '../../loop/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { UsageError } from '../exit.ts';
import { fileToRead } from '../files.ts';
import { formatOf, formats } from '../formats.ts';
import type { FileFormat } from '../formats.ts';
import { linesOf } from '../lines.ts';
import { audited } from '../operator.ts';
import { counted } from '../output.ts';
import type { Result } from '../output.ts';
import type { Progress } from '../progress.ts';
import type { Session } from '../session.ts';

interface ImportOptions extends SharedOptions {
  readonly format?: FileFormat | VowpalFormat;
  readonly loop?: string;
  readonly feedback?: string;
  readonly source?: string;
  readonly decidedAt?: string;
}

export function importCommand(execute: Execute): Command {
  return command(
    'import',
    "Read records from a file that export wrote, or decisions from a log of Vowpal Wabbit's or Personalizer's; what is there already is left alone",
  )
    .argument('<file>', 'a .jsonl or .parquet file, or a log')
    .addOption(
      new Option(
        '--format <format>',
        "the file's format (default: by its name); vw is Vowpal Wabbit's text with features of the actions, dsjson the JSON that Personalizer logs",
      ).choices([...formats, ...vowpalFormats]),
    )
    .option('--loop <loop>', 'the loop that a log is of')
    .option(
      '--feedback <name>',
      'the feedback that the rewards of a log are given as (default: the only one that makes the reward)',
    )
    .option(
      '--source <name>',
      "names a vw log: the same decision in another log is another one (default: the file's name)",
    )
    .option('--decided-at <time>', 'when the decisions of a vw log were made (default: now)', isoTime)
    .action((file: string, options: ImportOptions) =>
      execute(options, async (session) => {
        const format = options.format ?? formatOf(file);
        const { loop } = options;
        if (format === 'jsonl' || format === 'parquet')
          return importRecords(session, await fileToRead(session.terminal.folder, file), format);
        if (loop === undefined)
          throw new UsageError(`cannot import ${file}, as --loop must name its loop: it is missing`);
        return importLog(session, await fileToRead(session.terminal.folder, file), format, { ...options, loop });
      }),
    );
}

async function importRecords(session: Session, path: string, format: FileFormat): Promise<Result> {
  const bytes = await readFile(path);
  const heed = await session.openHeed('run');
  const report = await withProgress(session, (progress) =>
    audited(heed, 'importRows', { detail: { format } }, () =>
      heed.importRows(format, bytes, { onProgress: (done) => progress.update(counted(done, 'row')) }),
    ),
  );
  return {
    json: report,
    text: `read ${counted(report.decisions, 'decision')}, ${report.feedback.toLocaleString('en')} feedback and ${counted(report.others, 'other row')}; ${counted(report.duplicates, 'row')} were there already`,
  };
}

async function importLog(
  session: Session,
  path: string,
  format: VowpalFormat,
  { loop, feedback, source = basename(path), decidedAt }: ImportOptions & { readonly loop: string },
): Promise<Result> {
  const heed = await session.openHeed('run');
  const name = feedback ?? (await onlyReward(heed, loop));
  const report = await withProgress(session, (progress) =>
    audited(heed, 'importRows', { loop, detail: { format } }, () =>
      importVowpalWabbit(heed, linesOf(path), {
        format,
        loop,
        feedback: name,
        source,
        decidedAt,
        onProgress: (done) => progress.update(counted(done, 'decision')),
      }),
    ),
  );
  const skipped = Object.entries(report.skipped).map(
    ([why, count]) => `; left out ${counted(count, 'decision')} ${why}`,
  );
  return {
    json: report,
    text: `read ${counted(report.decisions, 'decision')}; ${counted(report.duplicates, 'decision')} were there already${skipped.join('')}`,
  };
}

async function withProgress<Report>(session: Session, work: (progress: Progress) => Promise<Report>): Promise<Report> {
  const progress = session.progress('importing');
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

async function onlyReward({ loops }: Pick<Heed, 'loops'>, name: string): Promise<string> {
  const names = Object.keys((await loops.get(name)).loop.configuration.reward.from);
  if (names.length === 1 && names[0] !== undefined) return names[0];
  throw new UsageError(
    `cannot import into ${name}, as --feedback must say which of ${names.join(', ')} the rewards are: it is missing`,
  );
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a time in ISO 8601.');
  return new Date(time).toISOString();
}
