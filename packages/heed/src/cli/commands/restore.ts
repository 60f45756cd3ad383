import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readTombstones, restoreStore } from '../../store/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { copyReport, copyProgress } from '../copying.ts';

interface RestoreOptions extends SharedOptions {
  readonly forgotten?: string;
}

export function restoreCommand(execute: Execute): Command {
  return command('restore', 'Fill an empty store from a backup, all or nothing')
    .argument('<folder>', 'what `heed backup` wrote')
    .option('--forgotten <file>', 'what `heed subjects forgotten --json` wrote: whoever is in it is forgotten again')
    .action((folder: string, { forgotten, ...options }: RestoreOptions) =>
      execute(options, async (session) => {
        const source = resolve(session.terminal.folder, folder);
        const tombstones =
          forgotten === undefined
            ? []
            : readTombstones(await readFile(resolve(session.terminal.folder, forgotten), 'utf8'));
        const store = await session.openStore();
        const { onProgress, stop } = copyProgress(session.progress('restoring'));
        const tables = await restoreStore(source, store, { onProgress, tombstones }).finally(stop);
        return copyReport(tables, (rows) => `restored ${rows} from ${source}`);
      }),
    );
}
