import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { operator } from '../records.ts';

interface PromoteOptions extends ServerOptions {
  readonly by?: string;
  readonly why: string;
  readonly yes?: boolean;
}

export function promoteCommand(execute: Execute): Command {
  return serverCommand('promote', 'Put an artifact into service: every serving process swaps to it at once')
    .argument('<id>', 'artifact')
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the release', 'promoted from the command line')
    .option('-y, --yes', 'do not ask')
    .action((id: string, options: PromoteOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const artifact = await heed.artifacts.get(id);
        await session.confirm(`Let ${id} serve the loop ${artifact.loop}?`, options);
        const release = await heed.artifacts.promote(id, { by: options.by ?? operator(), why: options.why });
        return { json: release, text: `${id} serves the loop ${release.loop} now` };
      }),
    );
}
