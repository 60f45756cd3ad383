import type { Command } from 'commander';
import { command, wholeNumber } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { facts, table } from '../output.ts';
import { actionText, targetText, valueText } from '../records.ts';

interface ShowOptions extends SharedOptions {
  readonly after?: string;
  readonly limit?: number;
}

export function showCommand(execute: Execute): Command {
  return command('show', 'Show everything that is held about a subject; with --json, in full')
    .argument('<id>', 'subject')
    .option('--after <next>', 'the `next` of the page before')
    .option('--limit <count>', 'decisions and feedback at most, of each', wholeNumber(1, 1_000))
    .action((id: string, { after, limit, ...options }: ShowOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const held = await heed.subjects.get(id, { after, limit });
        const text = [
          facts(Object.entries(held.counts)),
          table(
            ['loop', 'state', 'experiences', 'updated at'],
            held.subjectStates.map((state) => [state.loop, state.key, state.counter, state.updatedAt]),
            'no states',
          ),
          table(
            ['decision', 'loop', 'at', 'action'],
            held.decisions.map((row) => [row.id, row.loop, row.decidedAt, actionText(row.action)]),
            'no decisions',
          ),
          table(
            ['feedback', 'at', 'name', 'about', 'value'],
            held.feedback.map((row) => [
              row.id,
              row.observedAt,
              row.name ?? row.kind,
              row.targets.map(targetText).join(', '),
              valueText(row.value),
            ]),
            'no feedback',
          ),
          ...(held.next === null ? [] : [`more: --after ${held.next}`]),
        ];
        return { json: held, text: text.join('\n\n') };
      }),
    );
}
