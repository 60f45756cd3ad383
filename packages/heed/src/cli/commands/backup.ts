import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backupStore } from '../../store/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { copyReport, copyProgress } from '../copying.ts';

export function backupCommand(execute: Execute): Command {
  return command('backup', 'Write one moment of the whole store to an empty folder; it may be in use meanwhile')
    .argument('<folder>', 'an empty folder, made where it is missing')
    .action((folder: string, options: SharedOptions) =>
      execute(options, async (session) => {
        const target = resolve(session.terminal.folder, folder);
        const store = await session.openStore();
        const { onProgress, stop } = copyProgress(session.progress('backing up'));
        const tables = await backupStore(store, target, { onProgress }).finally(stop);
        return copyReport(tables, (rows) => `backed up ${rows} to ${target}`);
      }),
    );
}
