import type { Command } from 'commander';
import { command, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { UsageError } from '../exit.ts';
import type { Heed, ReplayReport } from '../../loop/index.ts';
import { isHeedError } from '../../spec/index.ts';
import { counted } from '../output.ts';
import { latestDecisions } from '../records.ts';
import type { Session } from '../session.ts';

interface ReplayOptions extends SharedOptions {
  readonly last?: number;
  readonly loop?: string;
}

export function replayCommand(execute: Execute): Command {
  return command('replay', 'Decide again from what was logged, and compare action and probability bit for bit')
    .argument('[id]', 'decision')
    .option('--last <count>', 'the newest decisions instead of one', wholeNumber(1, 1_000_000))
    .option('--loop <name>', 'with --last: of this loop')
    .action((id: string | undefined, options: ReplayOptions) =>
      execute(options, async (session) => {
        if ((id === undefined) === (options.last === undefined))
          throw new UsageError('cannot replay, as either a decision or --last must be given: it is both or neither');
        const heed = await session.openHeed('look');
        const report =
          id === undefined
            ? await replayMany(session, heed, options)
            : { reports: [await heed.decisions.replay(id)], skipped: 0 };
        const differing = report.reports.filter(({ matches }) => !matches);
        const replayed = report.reports.length;
        return {
          json: { replayed, matching: replayed - differing.length, skipped: report.skipped, differing },
          text: [
            `${counted(replayed, 'decision')} replayed: ${replayed - differing.length} bit for bit the same, ${differing.length} not${report.skipped === 0 ? '' : `; ${report.skipped} made by a baseline or elsewhere, which have nothing to replay`}`,
            ...differing
              .slice(0, 10)
              .map(
                ({ decision, loggedLogProbability, logProbability }) =>
                  `  ${decision}: log-probability ${loggedLogProbability} logged, ${logProbability} replayed`,
              ),
          ].join('\n'),
          code: differing.length === 0 ? undefined : 1,
        };
      }),
    );
}

async function replayMany(
  session: Session,
  heed: Heed,
  { last = 0, loop }: ReplayOptions,
): Promise<{ reports: ReplayReport[]; skipped: number }> {
  const progress = session.progress('replaying');
  const reports: ReplayReport[] = [];
  let skipped = 0;
  try {
    for await (const { id } of latestDecisions(heed, { loop, most: last })) {
      if (session.interrupted.aborted) break;
      try {
        reports.push(await heed.decisions.replay(id));
      } catch (error) {
        if (!isHeedError(error, 'not-replayable')) throw error;
        skipped += 1;
      }
      progress.update(`${reports.length + skipped} of ${last}`);
    }
  } finally {
    progress.stop();
  }
  return { reports, skipped };
}
