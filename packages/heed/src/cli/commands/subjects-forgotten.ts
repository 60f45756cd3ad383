import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { table } from '../output.ts';

export function forgottenCommand(execute: Execute): Command {
  return command(
    'forgotten',
    'List who was forgotten, without a name; with --json, for `heed restore --forgotten`',
  ).action((options: SharedOptions) =>
    execute(options, async (session) => {
      const store = await session.openStore();
      const forgotten = await store.subjects.forgotten();
      return {
        json: { forgotten },
        text: table(
          ['at', 'decisions', 'feedback', 'artifacts'],
          forgotten.map((row) => [
            row.forgottenAt,
            row.counts['decisions'] ?? 0,
            row.counts['feedback'] ?? 0,
            row.artifacts.length,
          ]),
          'nobody was forgotten',
        ),
      };
    }),
  );
}
