import type { Command } from 'commander';
import type { EvaluationReport } from '../../spec/index.ts';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { facts } from '../output.ts';
import { estimatesText } from '../reports.ts';

interface ShowOptions extends ServerOptions {
  readonly step?: string;
}

export function showCommand(execute: Execute): Command {
  return serverCommand('show', 'Show what is on its way into service, and what it has shown so far')
    .argument('<loop>', 'loop')
    .option('--step <release>', 'in its place what this step, past by, was taken on')
    .action((loop: string, { step, ...options }: ShowOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        if (step !== undefined) {
          const report = await heed.releases.evidence(step);
          return { json: report, text: reportText(report) };
        }
        const candidate = await heed.releases.candidate(loop);
        if (candidate === null) return { json: null, text: `nothing is on its way into service in ${loop}` };
        const { release, report } = candidate;
        const head = facts([
          ['artifact', release.artifact],
          ['stage', `${release.step} since ${release.at}`],
          ['by', `${release.by}: ${release.why}`],
        ]);
        return { json: candidate, text: `${head}\n${reportText(report)}` };
      }),
    );
}

function reportText(report: EvaluationReport): string {
  return `verdict   ${report.verdict.outcome}: ${report.verdict.because}\n\n${estimatesText(report)}`;
}
