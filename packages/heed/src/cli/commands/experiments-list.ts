import type { Command } from 'commander';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { pageText, table } from '../output.ts';

interface ListOptions extends ServerOptions {
  readonly loop?: string;
  readonly after?: string;
  readonly limit: number;
}

export function listCommand(execute: Execute): Command {
  return serverCommand('list', 'List experiments, newest first')
    .option('--loop <name>', 'of this loop')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action(({ loop, after, limit, ...options }: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const page = await heed.experiments.list({ loop, after, limit });
        const rows = page.rows.map((experiment) => [
          experiment.id,
          experiment.loop,
          experiment.name,
          experiment.status,
          experiment.startedAt,
          experiment.arms.map((arm) => arm.name).join(', '),
          experiment.end?.winner ?? null,
        ]);
        const columns = ['experiment', 'loop', 'name', 'status', 'started at', 'arms', 'winner'];
        return { json: page, text: pageText(table(columns, rows, 'no experiments'), page) };
      }),
    );
}
