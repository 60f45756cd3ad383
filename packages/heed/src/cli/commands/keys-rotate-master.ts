import type { Command } from 'commander';
import { rotationDefaults } from '../../store/index.ts';
import { command, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { counted } from '../output.ts';

interface RotateMasterOptions extends SharedOptions {
  readonly step: number;
  readonly force?: boolean | undefined;
}

export function rotateMasterCommand(execute: Execute): Command {
  return command(
    'rotate-master',
    "Put all subjects' keys under HEED_MASTER_KEY; those that it takes the place of come in HEED_MASTER_KEY_OTHERS",
  )
    .option('--step <keys>', 'keys of one transaction, at most', wholeNumber(1, 100_000), rotationDefaults.step)
    .option('--force', 'do not ask whether the processes on the store have the new key')
    .action((options: RotateMasterOptions) =>
      execute(options, async (session) => {
        const store = await session.openStore();
        const progress = session.progress('rotating');
        const rotation = await store
          .rotateMasterKey({
            step: options.step,
            force: options.force,
            onProgress: (changed) => progress.update(counted(changed, 'key')),
          })
          .finally(() => progress.stop());
        const { changed, keys } = rotation;
        return {
          json: rotation,
          text: `put ${counted(changed, 'key')} of subjects under the new master key; ${keys - changed} of ${keys} lay under it already`,
        };
      }),
    );
}
