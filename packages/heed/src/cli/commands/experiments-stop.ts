import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { UsageError } from '../exit.ts';
import { operator } from '../records.ts';

interface StopOptions extends ServerOptions {
  readonly winner?: string;
  readonly promote?: boolean;
  readonly by?: string;
  readonly why: string;
  readonly yes?: boolean;
  readonly idempotencyKey?: string;
}

export function stopCommand(execute: Execute): Command {
  return serverCommand('stop', 'End an experiment, with a winner or without one')
    .argument('<id>', 'experiment')
    .option('--winner <arm>', 'the arm that won')
    .option('--promote', "put the winner's policy into service")
    .option('--by <name>', 'who decides this (default: you)')
    .option('--why <reason>', 'the reason, kept with the experiment', 'ended from the command line')
    .option('--idempotency-key <key>', 'the same key ends it once, however often it is asked for')
    .option('-y, --yes', 'do not ask')
    .action((id: string, { winner, promote, by = operator(), why, yes, idempotencyKey, ...options }: StopOptions) =>
      execute(options, async (session) => {
        if (promote === true && winner === undefined)
          throw new UsageError('--promote needs --winner, as the winner is what is promoted');
        const heed = await session.operator();
        const { experiment } = await heed.experiments.get(id);
        const then =
          winner !== undefined && promote === true ? `, and let ${winner} serve the loop ${experiment.loop}` : '';
        await session.confirm(`End the experiment ${experiment.name}${then}?`, { yes });
        const ended =
          winner === undefined
            ? await heed.experiments.stop(id, { by, why, idempotencyKey })
            : await heed.experiments.conclude(id, { winner, promote, by, why, idempotencyKey });
        const outcome = winner === undefined ? 'has ended without a winner' : `has ended: ${winner} won`;
        const serves = (ended.end?.release ?? null) === null ? '' : `, and serves the loop ${ended.loop} now`;
        return { json: ended, text: `${ended.name} ${outcome}${serves}` };
      }),
    );
}
