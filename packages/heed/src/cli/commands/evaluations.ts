import type { Command } from 'commander';
import { group, serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { detailOfEvaluation } from '../evaluations.ts';
import { pageText, short, table } from '../output.ts';

interface ListOptions extends ServerOptions {
  readonly loop?: string;
  readonly artifact?: string;
  readonly after?: string;
  readonly limit: number;
}

export function evaluationsCommand(execute: Execute): Command {
  return group('evaluations', 'List and show what evaluations found', listCommand(execute), [showCommand(execute)]);
}

function listCommand(execute: Execute): Command {
  return serverCommand('list', 'List evaluations, newest first')
    .option('--loop <name>', 'of this loop')
    .option('--artifact <id>', 'of this artifact')
    .option('--after <id>', 'the next page: the `next` of the page before')
    .option('--limit <count>', 'rows at most', wholeNumber(1, 1_000), 50)
    .action((options: ListOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const { loop, artifact, after, limit } = options;
        const page = await heed.evaluations.list({ loop, artifact, after, limit });
        const rows = page.rows.map(
          ({ id, kind, loop: name, artifact: of, createdAt, estimates, diagnostics, verdict }) => {
            const leading = estimates.find((estimate) => estimate.name === diagnostics['leading']) ?? estimates[0];
            return [
              id,
              kind,
              name,
              of,
              createdAt,
              leading?.name ?? null,
              short(leading?.value ?? null),
              verdict.outcome,
            ];
          },
        );
        const text = table(
          ['evaluation', 'kind', 'loop', 'artifact', 'created at', 'estimate', 'value', 'verdict'],
          rows,
          'no evaluations',
        );
        return { json: page, text: pageText(text, page) };
      }),
    );
}

function showCommand(execute: Execute): Command {
  return serverCommand('show', 'Show an evaluation: estimates, intervals, diagnostics and the verdict')
    .argument('<id>', 'evaluation')
    .action((id: string, options: ServerOptions) =>
      execute(options, async (session) => {
        const report = await (await session.operator()).evaluations.get(id);
        return { json: report, text: detailOfEvaluation(report) };
      }),
    );
}
