import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { audited } from '../operator.ts';
import { counted } from '../output.ts';

export function trainCommand(execute: Execute): Command {
  return command('train', 'Train a loop now, here, on all final signals that were not used yet')
    .argument('<loop>', 'loop')
    .action((loop: string, options: SharedOptions) =>
      execute(
        options,
        async (session) => {
          const heed = await session.openHeed('run');
          const progress = session.progress(`training ${loop}`);
          try {
            progress.update('deriving signals');
            await heed.derive();
            session.interrupted.throwIfAborted();
            const report = await audited(heed, 'train', { loop }, () =>
              heed.train(loop, {
                signal: session.interrupted,
                onProgress: (done) => progress.update(counted(done, 'signal')),
              }),
            );
            progress.stop();
            const text =
              report.artifact === null
                ? `nothing to train ${loop} on: no final signal waits, or too few subjects gave one`
                : `trained ${loop} on ${counted(report.signalsUsed, 'signal')}: artifact ${report.artifact}${report.promoted ? ', which serves now' : ` (\`heed promote ${report.artifact}\` puts it into service)`}`;
            return { json: report, text };
          } finally {
            progress.stop();
          }
        },
        { stopsItself: true },
      ),
    );
}
