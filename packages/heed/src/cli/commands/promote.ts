import type { Command } from 'commander';
import { dryRunDefaults } from '../../loop/index.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { dryRunText } from '../dry-run.ts';
import { operator } from '../records.ts';

interface PromoteOptions extends ServerOptions {
  readonly by?: string;
  readonly why: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly decisions?: number;
}

export function promoteCommand(execute: Execute): Command {
  return serverCommand('promote', 'Put an artifact into service: every serving process swaps to it at once')
    .argument('<id>', 'artifact')
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the release', 'promoted from the command line')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'change nothing: show what it would have done in place of the newest decisions')
    .option(
      '--decisions <count>',
      `how many decisions a dry run looks at (default: ${dryRunDefaults.decisions})`,
      wholeNumber(1, dryRunDefaults.mostDecisions),
    )
    .action((id: string, options: PromoteOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        if (options.dryRun === true) {
          const run = await heed.releases.dryRun(id, { decisions: options.decisions });
          return { json: run, text: dryRunText(run) };
        }
        const artifact = await heed.artifacts.get(id);
        await session.confirm(`Let ${id} serve the loop ${artifact.loop}?`, options);
        const release = await heed.artifacts.promote(id, { by: options.by ?? operator(), why: options.why });
        return { json: release, text: `${id} serves the loop ${release.loop} now` };
      }),
    );
}
