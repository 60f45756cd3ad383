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
  return serverCommand('list', 'List artifacts, newest first')
    .option('--loop <name>', 'of this loop')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action((options: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const { loop, after, limit } = options;
        const [page, loops] = await Promise.all([heed.artifacts.list({ loop, after, limit }), heed.loops.list()]);
        const serving = new Set(loops.flatMap((status) => (status.artifact === null ? [] : [status.artifact.id])));
        const rows = page.rows.map(({ id, loop: name, createdAt, format, formatVersion, lineage }) => [
          id,
          name,
          createdAt,
          `${format} ${formatVersion}`,
          lineage.signals.used,
          lineage.signals.before + lineage.signals.used,
          serving.has(id) ? 'yes' : '',
        ]);
        const text = table(
          ['artifact', 'loop', 'created at', 'format', 'signals used', 'in all', 'serving'],
          rows,
          'no artifacts',
        );
        return {
          json: { ...page, serving: [...serving] },
          text: pageText(text, page),
        };
      }),
    );
}
