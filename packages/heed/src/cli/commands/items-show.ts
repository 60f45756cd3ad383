import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { loopOf } from '../items.ts';
import { table } from '../output.ts';

interface ShowOptions extends SharedOptions {
  readonly loop?: string;
}

export function showCommand(execute: Execute): Command {
  return command('show', 'Show a registered item with its versions')
    .argument('<item>', 'item')
    .option('--loop <name>', 'the loop (default: the only one)')
    .action((item: string, { loop, ...options }: ShowOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const found = await heed.items.get(await loopOf(session, loop), item);
        const rows = found.versions.map((row) => [
          row.version,
          row.putAt,
          row.features === null ? 'taken off' : JSON.stringify(row.features),
        ]);
        return { json: found, text: table(['version', 'put at', 'features'], rows, 'no versions') };
      }),
    );
}
