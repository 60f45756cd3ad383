import type { Command } from 'commander';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { pageText, table } from '../output.ts';

interface AuditOptions extends ServerOptions {
  readonly loop?: string;
  readonly action?: string;
  readonly byKey?: string;
  readonly after?: string;
  readonly limit: number;
}

export function auditCommand(execute: Execute): Command {
  return serverCommand('audit', 'List what operators did, newest first')
    .option('--loop <name>', 'in this loop')
    .option('--action <name>', 'of this action, as promote or createKey')
    .option('--by-key <id>', 'done with this key')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action((options: AuditOptions) =>
      execute(options, async (session) => {
        const operator = await session.operator();
        const { loop, action, byKey: key, after, limit } = options;
        const page = await operator.audit.list({ loop, action, key, after, limit });
        const rows = page.rows.map((row) => [
          row.at,
          row.who,
          row.action,
          row.loop,
          row.target,
          row.code ?? row.outcome,
        ]);
        const text = table(['at', 'who', 'action', 'loop', 'on', 'outcome'], rows, 'nothing was done yet');
        return {
          json: page,
          text: pageText(text, page),
        };
      }),
    );
}
