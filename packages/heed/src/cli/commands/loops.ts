import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { table } from '../output.ts';

export function loopsCommand(execute: Execute): Command {
  return serverCommand('loops', 'List the loops and what serves each of them').action((options: ServerOptions) =>
    execute(options, async (session) => {
      const heed = await session.operator();
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
