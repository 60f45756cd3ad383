import type { Command } from 'commander';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { short } from '../output.ts';

interface ExplainOptions extends ServerOptions {
  readonly item?: string;
  readonly most: number;
}

export function explainCommand(execute: Execute): Command {
  return serverCommand('explain', 'Say why the chosen items stand where they do: terms that sum to the score')
    .argument('<id>', 'decision')
    .option('--item <item>', 'any one candidate (default: those chosen)')
    .option('--most <count>', 'terms named at most', wholeNumber(1, 100), 5)
    .action((id: string, options: ExplainOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const explanations = await heed.decisions.explain(id, { item: options.item, most: options.most });
        const text = explanations.map(({ item, score, terms, rest, probability }) =>
          [
            `${item}: score ${short(score)}, probability ${short(probability)}`,
            ...terms.map(({ name, value }) => `  ${short(value).padStart(10)}  ${name}`),
            `  ${short(rest).padStart(10)}  everything else`,
          ].join('\n'),
        );
        return { json: { decision: id, explanations }, text: text.join('\n') || 'nothing was chosen' };
      }),
    );
}
