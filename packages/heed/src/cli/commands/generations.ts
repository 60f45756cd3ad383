import type { Command } from 'commander';
import { generationsDefaults } from '../../loop/index.ts';
import type { LoopGenerations } from '../../loop/index.ts';
import { serverCommand, wholeNumber } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { short, table } from '../output.ts';

interface GenerationsOptions extends ServerOptions {
  readonly last: number;
}

export function generationsCommand(execute: Execute): Command {
  const { last: usual, mostGenerations } = generationsDefaults;
  return serverCommand('generations', 'Tell how each artifact that served a loop did, and whether one was worse')
    .argument('<loop>', 'loop')
    .option('--last <count>', 'the newest generations', wholeNumber(1, mostGenerations), usual)
    .action((loop: string, { last, ...options }: GenerationsOptions) =>
      execute(options, async (session) => {
        const report = await (await session.operator()).generations(loop, { last });
        return { json: report, text: textOf(report) };
      }),
    );
}

function textOf({ generations, oscillation }: LoopGenerations): string {
  const rows = generations.map((each) => [
    each.artifact,
    each.decisions,
    each.rewards,
    short(each.reward),
    rangeOf(each.interval),
    each.difference === null ? null : `${short(each.difference.value)} (${rangeOf(each.difference)})`,
    short(each.explorationRate),
    short(each.entropy),
    short(each.otherProbability),
    short(each.zeroShare),
    each.degraded ? 'degraded' : null,
  ]);
  const columns = [
    'artifact',
    'decisions',
    'rewards',
    'reward',
    'interval',
    'difference',
    'exploration',
    'entropy',
    'of another',
    'zeros',
    'verdict',
  ];
  return [table(columns, rows, 'no artifact has served'), '', sentenceOf(oscillation)].join('\n');
}

function rangeOf(ends: { readonly lower: number; readonly upper: number } | null): string | null {
  return ends === null ? null : `${short(ends.lower)} … ${short(ends.upper)}`;
}

function sentenceOf({
  autocorrelation,
  lower,
  upper,
  generations,
  oscillating,
}: LoopGenerations['oscillation']): string {
  if (autocorrelation === null)
    return `too few generations with rewards to tell whether they oscillate: ${generations}`;
  const interval = `lag-1 autocorrelation ${short(autocorrelation)} (${short(lower)} … ${short(upper)})`;
  return oscillating ? `oscillating: ${interval}` : `not shown to oscillate: ${interval}`;
}
