import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { operator } from '../records.ts';

interface RollbackOptions extends ServerOptions {
  readonly by?: string;
  readonly why: string;
  readonly yes?: boolean;
}

export function rollbackCommand(execute: Execute): Command {
  return serverCommand('rollback', 'Put back what served before the artifact that serves now')
    .argument('<loop>', 'loop')
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the release', 'rolled back from the command line')
    .option('-y, --yes', 'do not ask')
    .action((loop: string, options: RollbackOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const { artifact } = await heed.loops.get(loop);
        await session.confirm(`Take ${artifact?.id ?? 'what serves'} out of service in the loop ${loop}?`, options);
        const release = await heed.artifacts.rollback(loop, { by: options.by ?? operator(), why: options.why });
        return { json: release, text: `${release.artifact} serves the loop ${loop} again` };
      }),
    );
}
