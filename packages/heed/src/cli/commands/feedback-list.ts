import type { Command } from 'commander';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { pageText, table } from '../output.ts';
import { targetText, valueText } from '../records.ts';

interface ListOptions extends ServerOptions {
  readonly loop?: string;
  readonly subject?: string;
  readonly decision?: string;
  readonly after?: string;
  readonly limit: number;
}

export function listCommand(execute: Execute): Command {
  return serverCommand('list', 'List feedback, newest first')
    .option('--loop <name>', 'of this loop')
    .option('--subject <subject>', 'given by this subject')
    .option('--decision <id>', 'about this decision')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action((options: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const { loop, subject, decision, after, limit } = options;
        const page = await heed.feedbacks.list({ loop, subject, decision, after, limit });
        const rows = page.rows.map((row) => [
          row.id,
          row.observedAt,
          row.loop,
          row.subject,
          row.name ?? row.kind,
          row.targets.map(targetText).join(', '),
          valueText(row.value),
        ]);
        const text = table(
          ['feedback', 'observed at', 'loop', 'subject', 'name', 'about', 'value'],
          rows,
          'no feedback',
        );
        return {
          json: page,
          text: pageText(text, page),
        };
      }),
    );
}
