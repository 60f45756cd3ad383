import type { Command } from 'commander';
import { keyDefaults } from '../../loop/index.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { madeKeyText } from '../records.ts';

interface RotateOptions extends ServerOptions {
  readonly grace: number;
}

const longestGraceMinutes = 90 * 1_440;

export function rotateCommand(execute: Execute): Command {
  return serverCommand('rotate', 'Make a key of the same scopes and loops; the old one holds a while longer')
    .argument('<id>', 'key')
    .option(
      '--grace <minutes>',
      'how long the old one still holds',
      wholeNumber(0, longestGraceMinutes),
      keyDefaults.graceMs / 60_000,
    )
    .action((id: string, options: RotateOptions) =>
      execute(options, async (session) => {
        const operator = await session.operator();
        const made = await operator.keys.rotate(id, { graceMs: options.grace * 60_000 });
        return { json: made, text: `${madeKeyText(made)}\n${id} holds for ${options.grace} minutes more` };
      }),
    );
}
