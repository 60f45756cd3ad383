import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { loopOf } from '../items.ts';
import { audited } from '../operator.ts';

interface DeleteOptions extends SharedOptions {
  readonly loop?: string;
}

export function deleteCommand(execute: Execute): Command {
  return command('delete', 'Take a registered item off; decisions that were made with it keep it')
    .argument('<item>', 'item')
    .option('--loop <name>', 'the loop (default: the only one)')
    .action((item: string, { loop, ...options }: DeleteOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const name = await loopOf(session, loop);
        const taken = await audited(heed, 'deleteItem', { loop: name }, () => heed.items.delete(name, item));
        return { json: taken, text: `took ${item} off` };
      }),
    );
}
