import { CommanderError } from 'commander';
import type { Execute } from './command.ts';
import { exitCodes, Interrupted, interruption, UsageError } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { codeOf, sentenceOf } from './output.ts';
import { createProgram } from './program.ts';
import { createSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and says what the process should end with. Never throws. */
export async function run(parameters: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.ok;

  const execute: Execute = async (options, work, { stopsItself = false } = {}) => {
    const session = createSession(terminal, options);
    const interrupt = interruption(terminal.interrupted);
    try {
      const result = await (stopsItself ? work(session) : Promise.race([work(session), interrupt.promise]));
      if (result !== null) session.print(result);
      code = result?.code ?? exitCodes.ok;
    } finally {
      interrupt.stop();
      await session.close();
    }
  };

  const program = createProgram(execute, terminal);
  try {
    await program.parseAsync([...parameters], { from: 'user' });
    return code;
  } catch (error) {
    return report(error, parameters, terminal);
  }
}

function report(error: unknown, parameters: readonly string[], { out, err, interrupted }: Terminal): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok;
    // commander has printed its own sentence by now.
    if (parameters.includes('--json')) out(`${JSON.stringify({ error: { code: 'usage', message: error.message } })}\n`);
    return exitCodes.usage;
  }
  if (error instanceof Interrupted || (interrupted.aborted && error instanceof Error && error.name === 'AbortError')) {
    err('interrupted\n');
    return exitCodes.interrupted;
  }
  err(`heed: ${sentenceOf(error)} [${codeOf(error)}]\n`);
  if (parameters.includes('--debug')) err(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  if (parameters.includes('--json'))
    out(`${JSON.stringify({ error: { code: codeOf(error), message: sentenceOf(error) } })}\n`);
  return error instanceof UsageError ? exitCodes.usage : exitCodes.failure;
}
