import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { table } from '../output.ts';

export function webhooksCommand(execute: Execute): Command {
  return serverCommand('webhooks', 'List the messages to webhooks that were given up, newest first').action(
    (options: ServerOptions) =>
      execute(options, async (session) => {
        const webhooks = await (await session.operator()).webhooks.dead();
        const rows = webhooks.map(({ since, url, type, loop, record }) => [since, url, type, loop, record]);
        return {
          json: { webhooks },
          text: table(['since', 'url', 'of a', 'loop', 'record'], rows, 'none was given up'),
        };
      }),
  );
}
