import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';

interface RevokeOptions extends ServerOptions {
  readonly yes?: boolean;
}

export function revokeCommand(execute: Execute): Command {
  return serverCommand('revoke', 'Refuse a key from now on, in every process within two seconds')
    .argument('<id>', 'key')
    .option('-y, --yes', 'do not ask')
    .action((id: string, options: RevokeOptions) =>
      execute(options, async (session) => {
        const operator = await session.operator();
        const { name } = await operator.keys.get(id);
        await session.confirm(`Refuse the key ${name} from now on?`, options);
        const key = await operator.keys.revoke(id);
        return { json: key, text: `${key.name} is refused from now on` };
      }),
    );
}
