import { Option } from 'commander';
import type { Command } from 'commander';
import { scopes } from '../../spec/index.ts';
import type { Scope } from '../../spec/index.ts';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { madeKeyText } from '../records.ts';

interface CreateOptions extends ServerOptions {
  readonly scope: readonly Scope[];
  readonly loop?: readonly string[];
}

export function createCommand(execute: Execute): Command {
  return serverCommand('create', 'Make an API key; its secret is shown this once')
    .argument('<name>', 'who or what will use it')
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(scopes).makeOptionMandatory())
    .option('--loop <loops...>', 'the loops that it may see (default: all)')
    .action((name: string, options: CreateOptions) =>
      execute(options, async (session) => {
        const operator = await session.operator();
        const { scope, loop } = options;
        const made = await operator.keys.create({ name, scopes: scope, loops: loop });
        return { json: made, text: madeKeyText(made) };
      }),
    );
}
