import type { Command } from 'commander';
import { moveStore } from '../../store/index.ts';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { copyReport, copyProgress } from '../copying.ts';

interface MoveOptions extends SharedOptions {
  readonly to: string;
  readonly yes?: boolean;
}

export function moveCommand(execute: Execute): Command {
  return command('move', 'Copy the whole store into an empty PostgreSQL of yours, and check that nothing is missing')
    .requiredOption('--to <url>', 'the PostgreSQL to fill, as postgresql://user@host/database')
    .option('-y, --yes', 'do not ask')
    .action((options: MoveOptions) =>
      execute(options, async (session) => {
        await session.confirm(
          'What is written while this copies stays behind: have you stopped `heed serve` and `heed worker`?',
          options,
        );
        const from = await session.openStore();
        const to = await session.openStore({ url: options.to });
        const { onProgress, stop } = copyProgress(session.progress('moving'));
        const tables = await moveStore(from, to, { onProgress }).finally(stop);
        return copyReport(
          tables,
          (rows) => `moved ${rows}, checked table by table; from now on set HEED_DATABASE_URL to that PostgreSQL`,
        );
      }),
    );
}
