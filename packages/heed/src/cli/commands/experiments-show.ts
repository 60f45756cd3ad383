import type { Command } from 'commander';
import type { ExperimentDetail } from '../../loop/index.ts';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { facts, short, table } from '../output.ts';
import { estimatesText } from '../reports.ts';

export function showCommand(execute: Execute): Command {
  return serverCommand('show', 'Show what an experiment has shown so far: as often as you like')
    .argument('<id>', 'experiment')
    .action((id: string, options: ServerOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const detail = await heed.experiments.get(id);
        return { json: detail, text: textOf(detail) };
      }),
    );
}

function textOf({ experiment, report }: ExperimentDetail): string {
  const { status, end, arms } = experiment;
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  const counts = report.diagnostics['arms'] as unknown as readonly { readonly name: string; readonly units: number }[];
  const units = new Map(counts.map((arm) => [arm.name, arm.units]));
  const ratio = report.diagnostics['sampleRatio'] as { readonly pValue: number };
  const shares = arms.map(({ name, weight, policy, artifact }) => [
    name,
    policy.type,
    artifact,
    `${short((100 * weight) / total)} %`,
    units.get(name) ?? 0,
  ]);
  return [
    facts([
      ['experiment', `${experiment.name} in ${experiment.loop}`],
      ['status', end === null ? status : `${status} at ${end.at} by ${end.by}: ${end.why}`],
      ['horizon', horizonText(experiment.horizon)],
      ['started', `${experiment.startedAt} by ${experiment.by}: ${experiment.why}`],
      ['verdict', `${report.verdict.outcome}: ${report.verdict.because}`],
      ['shares', `as declared with p = ${short(ratio.pValue)}`],
    ]),
    table(['arm', 'policy', 'artifact', 'share', 'subjects'], shares, 'no arms'),
    estimatesText(report),
  ].join('\n\n');
}

function horizonText({ subjects, seconds }: NonNullable<ExperimentDetail['experiment']['horizon']> = {}): string {
  const parts = [
    ...(subjects === undefined ? [] : [`${subjects.toLocaleString('en')} subjects`]),
    ...(seconds === undefined ? [] : [`${seconds.toLocaleString('en')} seconds`]),
  ];
  return parts.length === 0 ? 'none: until somebody ends it' : parts.join(' or ');
}
