import type { Command } from 'commander';
import { command, logOption } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { counted } from '../output.ts';

export function workerCommand(execute: Execute): Command {
  return command(
    'worker',
    'Derive signals, train and keep the store in order until stopped; any number may run, here or elsewhere',
  )
    .addOption(logOption())
    .action((options: SharedOptions) =>
      execute(
        options,
        async (session) => {
          await session.startTracing();
          const heed = await session.openHeed('run');
          const loops = (await heed.loops.list()).map(({ loop }) => loop.name);
          session.print({
            json: { working: loops, process: process.pid },
            text: `working on ${counted(loops.length, 'loop')} (${loops.join(', ')}); Ctrl-C stops`,
          });
          await heed.work({ signal: session.interrupted });
          session.log('stopping: finishing what was begun');
          return null;
        },
        { stopsItself: true },
      ),
    );
}
