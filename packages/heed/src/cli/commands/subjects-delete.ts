import type { Command } from 'commander';
import { command } from '../command.ts';
import type { Execute, SharedOptions } from '../command.ts';
import { audited } from '../operator.ts';
import { facts } from '../output.ts';

interface DeleteOptions extends SharedOptions {
  readonly yes?: boolean;
}

export function deleteCommand(execute: Execute): Command {
  return command('delete', 'Forget a subject: destroy its key, and queue trainings without it')
    .argument('<id>', 'subject')
    .option('-y, --yes', 'do not ask')
    .action((id: string, options: DeleteOptions) =>
      execute(options, async (session) => {
        const heed = await session.openHeed('look');
        await session.confirm(`Forget ${id}? What is personal cannot be read again.`, options);
        const { artifacts, jobs, ...counts } = await audited(heed, 'deleteSubject', {}, () => heed.subjects.delete(id));
        return {
          json: { ...counts, artifacts, jobs },
          text: facts([
            ...Object.entries(counts),
            ['artifacts that had learned from it', artifacts.length === 0 ? 'none' : artifacts.join(', ')],
            ['trainings queued', jobs.length === 0 ? 'none' : jobs.join(', ')],
          ]),
        };
      }),
    );
}
