import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { formatOf, formats } from '../formats.ts';
import type { FileFormat } from '../formats.ts';
import { exportContents } from '../../loop/index.ts';
import type { ExportContent } from '../../loop/index.ts';
import { counted } from '../output.ts';

interface ExportOptions extends SharedOptions {
  readonly what: ExportContent;
  readonly format?: FileFormat;
  readonly out: string;
  readonly loop?: string;
}

export function exportCommand(execute: Execute): Command {
  return command('export', 'Write the records of one kind, or everything, to a file')
    .addOption(new Option('--what <rows>', 'which rows').choices(exportContents).makeOptionMandatory())
    .requiredOption('--out <file>', 'the file, which is written over')
    .addOption(new Option('--format <format>', "the file's format (default: by its name)").choices(formats))
    .option('--loop <name>', 'of this loop')
    .action((options: ExportOptions) =>
      execute(options, async (session) => {
        const { what, loop, out } = options;
        const format = options.format ?? formatOf(out);
        const heed = await session.openHeed('look');
        const progress = session.progress(`exporting ${what}`);
        try {
          let rows = 0;
          const bytes = await heed.exportRows(format, what, {
            loop,
            onProgress: (done) => {
              rows = done;
              progress.update(counted(done, 'row'));
            },
          });
          const file = resolve(session.terminal.folder, out);
          await writeFile(file, bytes);
          progress.stop();
          return {
            json: { what, format, file, rows, bytes: bytes.byteLength },
            text: `wrote ${counted(rows, 'row')} of ${what} to ${file} (${bytes.byteLength.toLocaleString('en')} bytes)`,
          };
        } finally {
          progress.stop();
        }
      }),
    );
}
