import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { facts, short, table } from '../output.ts';
import { actionText, probabilityOf, rewardText, targetText, valueText } from '../records.ts';

export function showCommand(execute: Execute): Command {
  return command('show', 'Show a decision with its candidates, feedback and signals')
    .argument('<id>', 'decision')
    .action((id: string, options: SharedOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        const detail = await heed.decisions.get(id);
        const { decision } = detail;
        const { behaviour } = decision;
        const text = [
          facts([
            ['decision', decision.id],
            ['loop', `${decision.loop} (version ${decision.loopVersion})`],
            ['at', decision.decidedAt],
            ['origin', decision.origin],
            ['subject', decision.subject],
            ['action', actionText(decision.action)],
            [
              'probability',
              `${short(probabilityOf(behaviour))} (${behaviour.kind}${behaviour.branch === undefined ? '' : `, drawn by ${behaviour.branch}`}${behaviour.fallback === undefined ? '' : `, baseline: ${behaviour.fallback}`})`,
            ],
            ['artifact', decision.artifact],
            ['subject state', decision.subjectState],
            ['seed', behaviour.seed ?? null],
            ['shown', decision.activation === 'immediate' ? 'at once' : detail.activatedAt],
            ['candidates', detail.candidates.map(({ item }) => item).join(', ')],
          ]),
          table(
            ['feedback', 'observed at', 'name', 'about', 'value'],
            detail.feedback.map((row) => [
              row.id,
              row.observedAt,
              row.name ?? row.kind,
              row.targets.map(targetText).join(', '),
              valueText(row.value),
            ]),
            'no feedback',
          ),
          table(
            ['signal', 'version', 'about', 'status', 'value', 'from'],
            detail.signals.map((row) => [
              row.id,
              row.version,
              targetText(row.target),
              row.status,
              rewardText(row.value),
              row.availableAt,
            ]),
            'no signals',
          ),
        ];
        return { json: detail, text: text.join('\n\n') };
      }),
    );
}
