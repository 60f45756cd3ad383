import type { Command } from 'commander';
import { serverCommand } from '../command.ts';
import type { Execute, ServerOptions } from '../command.ts';
import { facts, short, table } from '../output.ts';

export function showCommand(execute: Execute): Command {
  return serverCommand('show', 'Show an artifact: what it was made from and how it was released')
    .argument('<id>', 'artifact')
    .action((id: string, options: ServerOptions) =>
      execute(options, async (session) => {
        const heed = await session.operator();
        const artifact = await heed.artifacts.get(id);
        const releases = (await heed.artifacts.releases(artifact.loop)).filter((release) => release.artifact === id);
        const { lineage } = artifact;
        const text = [
          facts([
            ['artifact', artifact.id],
            ['loop', `${artifact.loop} (version ${artifact.loopVersion})`],
            ['created at', artifact.createdAt],
            ['format', `${artifact.format} ${artifact.formatVersion}`],
            [
              'files',
              artifact.files.map(({ name, bytes }) => `${name} (${bytes.toLocaleString('en')} bytes)`).join(', '),
            ],
            ['parent', lineage.parent],
            ['signals', `${lineage.signals.used} used, ${lineage.signals.before} before`],
            ['code version', lineage.codeVersion],
            ['seed', lineage.seed],
            ...Object.entries(artifact.metrics).map(([name, value]) => [name, short(value)] as const),
          ]),
          table(
            ['release', 'at', 'by', 'why'],
            releases.map(({ step, at, by, why }) => [step, at, by, why]),
            'never released',
          ),
        ];
        return { json: { artifact, releases }, text: text.join('\n\n') };
      }),
    );
}
