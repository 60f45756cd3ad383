import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { operator } from '../records.ts';

interface MoveOptions extends ServerOptions {
  readonly by?: string;
  readonly why: string;
  readonly yes?: boolean;
}

export function advanceCommand(execute: Execute): Command {
  return moveCommand(execute, {
    name: 'advance',
    summary: 'Take what is on its way into service one stage on, whatever its gate says',
    done: 'was taken on',
    call: 'pass',
  });
}

export function abortCommand(execute: Execute): Command {
  return moveCommand(execute, {
    name: 'abort',
    summary: 'Send back what is on its way into service',
    done: 'was sent back',
    call: 'reject',
  });
}

interface Move {
  readonly name: string;
  readonly summary: string;
  readonly done: string;
  readonly call: 'pass' | 'reject';
}

function moveCommand(execute: Execute, { name, summary, done, call }: Move): Command {
  return serverCommand(name, summary)
    .argument('<loop>', 'loop')
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the release', `${done} from the command line`)
    .option('-y, --yes', 'do not ask')
    .action((loop: string, { by = operator(), why, yes, ...options }: MoveOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        await session.confirm(`${summary} in the loop ${loop}?`, { yes });
        const release = await heed.releases[call](loop, { by, why });
        return { json: release, text: `${release.artifact} ${done}: ${release.step}` };
      }),
    );
}
