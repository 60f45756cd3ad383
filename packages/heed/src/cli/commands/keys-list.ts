import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { table } from '../output.ts';

export function listCommand(execute: Execute): Command {
  return serverCommand('list', 'List the API keys, oldest first, with their last use').action(
    (options: ServerOptions) =>
      execute(options, async (session) => {
        const operator = await session.operator();
        const keys = await operator.keys.list();
        const rows = keys.map((key) => [
          key.id,
          key.name,
          `${key.start}…`,
          key.scopes.join(' '),
          key.loops?.join(' ') ?? 'all',
          key.createdAt,
          key.usedAt,
          key.endsAt === null ? 'holds' : `${key.endsWhy}, until ${key.endsAt}`,
        ]);
        return {
          json: { keys },
          text: table(['key', 'name', 'starts', 'scopes', 'loops', 'made at', 'last used', 'state'], rows, 'no keys'),
        };
      }),
  );
}
