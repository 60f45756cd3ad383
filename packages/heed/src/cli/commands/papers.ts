import { Option } from 'commander';
import type { Command } from 'commander';
import { bareCommand, group, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { UsageError } from '../exit.ts';
import type { Result } from '../output.ts';

/** What this command takes from @heed/papers, which is installed by those who want it. */
interface PapersPackage {
  listCommand(): Result;
  showCommand(number: string): Result;
  runCommand(
    number: string,
    options: Omit<RunOptions, keyof SharedOptions> & {
      readonly signal: AbortSignal;
      readonly onProgress: (progress: {
        readonly done: number;
        readonly total: number;
        readonly resumed: number;
        readonly share: number;
      }) => void;
      readonly clock: () => number;
    },
  ): Promise<Result>;
}

interface RunOptions extends SharedOptions {
  readonly preset: 'quick' | 'full';
  readonly seeds?: string | undefined;
  readonly ablation?: string | undefined;
  readonly workers?: number | undefined;
  readonly out?: string | undefined;
}

const packageName: string = '@heed/papers';

export function papersCommand(execute: Execute): Command {
  const list = bareCommand('list', 'List the papers that can be run here').action((options: SharedOptions) =>
    execute(options, async () => (await load()).listCommand()),
  );
  const show = bareCommand('show', "Show a paper's claims, presets and ablations")
    .argument('<paper>', 'number of the paper')
    .action((paper: string, options: SharedOptions) =>
      execute(options, async () => {
        const papers = await load();
        return asUsage(() => papers.showCommand(paper));
      }),
    );
  const run = bareCommand(
    'run',
    'Run a paper: its checks, and each of its ablations, which must fail; an interrupted run goes on where it was',
  )
    .argument('<paper>', 'number of the paper')
    .addOption(new Option('--preset <preset>', 'how much is run').choices(['quick', 'full']).default('quick'))
    .option('--seeds <seeds>', 'as 1-10 or 3,5; "commit" derives them from the id of the last commit')
    .option('--ablation <name>', 'run this ablation alone')
    .option('--workers <count>', 'threads (default: as many as the machine runs at once)', wholeNumber(1, 256))
    .option('--out <folder>', 'folder for results.json and the plots (default: .heed/papers/NN)')
    .action((paper: string, options: RunOptions) =>
      execute(
        options,
        async (session) => {
          const papers = await load();
          const progress = session.progress(`paper ${paper}`);
          const { preset, seeds, ablation, workers, out } = options;
          try {
            return await asUsage(() =>
              papers.runCommand(paper, {
                preset,
                seeds,
                ablation,
                workers,
                out,
                signal: session.interrupted,
                clock: session.terminal.clock,
                onProgress: ({ done, total, resumed, share }) =>
                  progress.update(
                    `${(100 * share).toFixed(0)} %, ${done} of ${total} seeds${resumed === 0 ? '' : `, ${resumed} of them from before`}`,
                  ),
              }),
            );
          } finally {
            progress.stop();
            if (session.interrupted.aborted)
              session.log('seeds that have ended are kept: the same command goes on from there');
          }
        },
        { stopsItself: true },
      ),
    );
  return group('papers', 'Reproduce the papers that Heed is built on', list, [show, run]);
}

async function load(): Promise<PapersPackage> {
  try {
    return (await import(packageName)) as PapersPackage;
  } catch (error) {
    if (
      !(error instanceof Error) ||
      !('code' in error) ||
      error.code !== 'ERR_MODULE_NOT_FOUND' ||
      !error.message.includes(packageName)
    )
      throw error;
    throw new UsageError(
      `cannot show papers, as ${packageName} must be installed beside heed: it is not (npm install ${packageName})`,
    );
  }
}

/** A number or ablation that does not exist is a fault of the command line. */
async function asUsage(work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
