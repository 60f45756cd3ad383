import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { table } from '../output.ts';

export function loopsCommand(execute: Execute): Command {
  return command('loops', 'List the loops and what serves each of them').action((options: SharedOptions) =>
    execute(options, async (session) => {
      const heed = await session.openHeed('look');
      const loops = await heed.loops.list();
      const rows = loops.map(({ loop, serving, artifact }) => [
        loop.name,
        loop.version,
        loop.configuration.action.type,
        loop.configuration.learner.name,
        artifact?.id ?? null,
        serving?.at ?? null,
        artifact === null ? null : artifact.lineage.signals.before + artifact.lineage.signals.used,
      ]);
      return {
        json: { loops },
        text: table(['loop', 'version', 'action', 'learner', 'serving artifact', 'since', 'signals'], rows, 'no loops'),
      };
    }),
  );
}
