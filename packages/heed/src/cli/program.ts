import { Command } from 'commander';
import { codeVersion } from '../loop/version.ts';
import type { Execute } from './command.ts';
import { artifactsCommand } from './commands/artifacts.ts';
import { auditCommand } from './commands/audit.ts';
import { backupCommand } from './commands/backup.ts';
import { decisionsCommand } from './commands/decisions.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { evaluationsCommand } from './commands/evaluations.ts';
import { experimentsCommand } from './commands/experiments.ts';
import { exportCommand } from './commands/export.ts';
import { feedbackCommand } from './commands/feedback.ts';
import { generationsCommand } from './commands/generations.ts';
import { graphCommand } from './commands/graph.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { itemsCommand } from './commands/items.ts';
import { keysCommand } from './commands/keys.ts';
import { loopsCommand } from './commands/loops.ts';
import { moveCommand } from './commands/move.ts';
import { papersCommand } from './commands/papers.ts';
import { promoteCommand } from './commands/promote.ts';
import { releasesCommand } from './commands/releases.ts';
import { restoreCommand } from './commands/restore.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { serveCommand } from './commands/serve.ts';
import { subjectsCommand } from './commands/subjects.ts';
import { trainCommand } from './commands/train.ts';
import { webhooksCommand } from './commands/webhooks.ts';
import { workerCommand } from './commands/worker.ts';
import type { Terminal } from './terminal.ts';

const afterHelp = `
Exit codes: 0 done, 1 failed, 2 the command line makes no sense, 130 interrupted.
Start with \`heed init\`, then \`heed serve\`. \`heed COMMAND --help\` tells more.`;

/** The whole `heed` command line. */
export function createProgram(execute: Execute, terminal: Pick<Terminal, 'out' | 'err'>): Command {
  const program = new Command('heed')
    .description('Improve any policy from any feedback: decide, take feedback, learn, serve.')
    .version(codeVersion, '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', afterHelp);
  const commands = [
    initCommand,
    serveCommand,
    workerCommand,
    loopsCommand,
    decisionsCommand,
    feedbackCommand,
    itemsCommand,
    subjectsCommand,
    trainCommand,
    artifactsCommand,
    evaluateCommand,
    evaluationsCommand,
    generationsCommand,
    promoteCommand,
    rollbackCommand,
    releasesCommand,
    experimentsCommand,
    keysCommand,
    auditCommand,
    webhooksCommand,
    importCommand,
    exportCommand,
    moveCommand,
    backupCommand,
    restoreCommand,
    doctorCommand,
    graphCommand,
    papersCommand,
  ];
  for (const make of commands) program.addCommand(make(execute));
  settle(program, terminal);
  return program;
}

/** commander hands its settings on to the commands that it makes itself, and to no other. */
function settle(command: Command, { out, err }: Pick<Terminal, 'out' | 'err'>): void {
  command.exitOverride().configureOutput({
    writeOut: out,
    writeErr: err,
    outputError: (text, write) => write(text.replace(/^error: /, 'heed: ')),
  });
  if (command.commands.length === 0) command.showHelpAfterError('(--help shows how it is used)');
  for (const inner of command.commands) settle(inner, { out, err });
}
