import type { Command } from 'commander';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { pageText, short, table } from '../output.ts';
import { actionText, probabilityOf } from '../records.ts';

interface ListOptions extends ServerOptions {
  readonly loop?: string;
  readonly subject?: string;
  readonly artifact?: string;
  readonly after?: string;
  readonly limit: number;
}

export function listCommand(execute: Execute): Command {
  return serverCommand('list', 'List decisions, newest first')
    .option('--loop <name>', 'of this loop')
    .option('--subject <subject>', 'for this subject')
    .option('--artifact <id>', 'made by this artifact')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action((options: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const { loop, subject, artifact, after, limit } = options;
        const page = await heed.decisions.list({ loop, subject, artifact, after, limit });
        const rows = page.rows.map((decision) => [
          decision.id,
          decision.decidedAt,
          decision.loop,
          decision.subject,
          actionText(decision.action),
          short(probabilityOf(decision.behaviour)),
          decision.behaviour.fallback ?? decision.behaviour.kind,
          decision.artifact,
        ]);
        const text = table(
          ['decision', 'at', 'loop', 'subject', 'action', 'probability', 'behaviour', 'artifact'],
          rows,
          'no decisions',
        );
        return {
          json: page,
          text: pageText(text, page),
        };
      }),
    );
}
