import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { table } from '../output.ts';

export function listCommand(execute: Execute): Command {
  return serverCommand('list', "List the steps of a loop's releases, newest first")
    .argument('<loop>', 'loop')
    .action((loop: string, options: ServerOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const releases = await heed.artifacts.releases(loop);
        const rows = releases.map(({ id, artifact, step, at, by, why, evidence }) => [
          id,
          at,
          artifact,
          step,
          by,
          why,
          evidence === null ? '' : 'yes',
        ]);
        const text = table(['release', 'at', 'artifact', 'step', 'by', 'why', 'evidence'], rows, 'no releases');
        return { json: { releases }, text };
      }),
    );
}
