import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { formatOf, formats } from '../formats.ts';
import type { FileFormat } from '../formats.ts';
import { audited } from '../operator.ts';
import { counted } from '../output.ts';

interface ImportOptions extends SharedOptions {
  readonly format?: FileFormat;
}

export function importCommand(execute: Execute): Command {
  return command('import', 'Read records from a file that export wrote; what is there already is left alone')
    .argument('<file>', 'a .jsonl or .parquet file')
    .addOption(new Option('--format <format>', "the file's format (default: by its name)").choices(formats))
    .action((file: string, options: ImportOptions) =>
      execute(options, async (session) => {
        const format = options.format ?? formatOf(file);
        const bytes = await readFile(resolve(session.terminal.folder, file));
        const heed = await session.openHeed('run');
        const progress = session.progress('importing');
        try {
          const report = await audited(heed, 'importRows', { detail: { format } }, () =>
            heed.importRows(format, bytes, { onProgress: (done) => progress.update(counted(done, 'row')) }),
          );
          progress.stop();
          return {
            json: report,
            text: `read ${counted(report.decisions, 'decision')}, ${report.feedback.toLocaleString('en')} feedback and ${counted(report.others, 'other row')}; ${counted(report.duplicates, 'row')} were there already`,
          };
        } finally {
          progress.stop();
        }
      }),
    );
}
