import { resolve } from 'node:path';
import type { Command } from 'commander';
import { restoreStore } from '../../store/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { copyReport, copyProgress } from '../copying.ts';

export function restoreCommand(execute: Execute): Command {
  return command('restore', 'Fill an empty store from a backup, all or nothing')
    .argument('<folder>', 'what `heed backup` wrote')
    .action((folder: string, options: SharedOptions) =>
      execute(options, async (session) => {
        const source = resolve(session.terminal.folder, folder);
        const store = await session.openStore();
        const { onProgress, stop } = copyProgress(session.progress('restoring'));
        const tables = await restoreStore(source, store, { onProgress }).finally(stop);
        return copyReport(tables, (rows) => `restored ${rows} from ${source}`);
      }),
    );
}
