import type { Command } from 'commander';
import { command, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { loopOf } from '../items.ts';
import { table } from '../output.ts';

interface ListOptions extends SharedOptions {
  readonly loop?: string;
  readonly after?: string;
  readonly limit?: number;
}

export function listCommand(execute: Execute): Command {
  return command('list', 'List registered items by name')
    .option('--loop <name>', 'the loop (default: the only one)')
    .option('--after <item>', 'the last item of the page before')
    .option('--limit <count>', 'items at most', wholeNumber(1, 1_000))
    .action(({ loop, after, limit, ...options }: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const page = await heed.items.list(await loopOf(session, loop), { after, limit });
        const rows = page.rows.map((row) => [row.item, row.version, row.putAt]);
        return { json: page, text: table(['item', 'version', 'put at'], rows, 'no items') };
      }),
    );
}
