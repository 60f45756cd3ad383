import type { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from './program.ts';

const page = new URL('../../../../docs/guide/cli.md', import.meta.url).pathname;

const preface = `# The command line

\`heed\` works on the loops of the nearest \`heed.config.ts\` and on their store.
Every command may run beside a running server: on the embedded store it joins the PostgreSQL that already runs.

\`\`\`sh
npx heed init                 # writes heed.config.ts
npx heed serve                # serves it on http://127.0.0.1:4141, with a worker
npx heed decisions            # what was decided, newest first
npx heed decisions explain ID # why
npx heed train greeting       # trains now, here
npx heed rollback greeting    # puts back what served before
npx heed doctor               # looks at everything that Heed rests on
\`\`\`

- **Which store**: \`--database\`, else \`--folder\`, else \`HEED_DATABASE_URL\`, else the embedded one in \`.heed\` beside the configuration.
- **For machines**: with \`--json\` the result, or \`{ "error": { "code", "message" } }\`, is all that standard output gets, in one line. Logs, progress and questions go to standard error.
- **Questions** are asked only where a person can answer; \`--yes\` and \`--json\` go ahead without.
- **Exit codes**: 0 done; 1 failed (also: a check of \`doctor\` failed, a replay differed); 2 the command line makes no sense; 130 interrupted.
- **Ctrl-C**: \`serve\` and \`worker\` stop accepting, finish what was begun, close the store and end with 0. \`train\` stops between batches and publishes nothing. A second Ctrl-C leaves at once.
- **Versions**: commands that run the loops (\`serve\`, \`worker\`, \`train\`, \`import\`) refuse to work beside a process with another version of a loop's configuration (\`loop-version-conflict\`); the others read and operate what is there.
- **Keys**: on a loopback address \`heed serve\` asks nobody who they are; on any other it takes requests with an API key alone, and does not start before there is one (\`heed keys create\`), unless \`--keys required\` says that one will come. See [security](security.md).
- **Elsewhere**: commands with \`--server\` ask a running server in place of a store. A secret on the command line can be seen by whoever lists the machine's processes: \`HEED_KEY\` cannot.
`;

const shared = new Set(['--config <file>', '--folder <folder>', '--database <url>', '--unsafe', '--json', '--debug']);

/** Every command with its arguments and options, as the program itself has them. */
function reference(program: Command): string {
  const all = leaves(program, 'heed');
  const common =
    all
      .find(([name]) => name === 'heed loops')?.[1]
      .options.map((option) => `- \`${option.flags}\`: ${option.description}`) ?? [];
  const sections = all.map(([name, command]) => {
    const lines = [
      ...command.registeredArguments.map((argument) => `- \`${argument.name()}\`: ${argument.description}`),
      ...command.options.filter(({ flags }) => !shared.has(flags)).map(optionLine),
    ];
    const usage = [
      name,
      ...command.registeredArguments.map((argument) =>
        argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      ),
    ].join(' ');
    return [`## \`${usage}\``, `${command.description()}.`, ...(lines.length === 0 ? [] : [lines.join('\n')])].join(
      '\n\n',
    );
  });
  const intro = [
    '## Options of every command',
    common.join('\n'),
    '`heed init` opens no store: of these it has `--json` and `--debug` alone. `-h` shows help, everywhere.\n`decisions`, `feedback`, `items`, `artifacts`, `releases` and `experiments` alone mean their `list`, `subjects` its `forgotten`.',
  ];
  return [preface.trimEnd(), ...intro, ...sections].join('\n\n');
}

function optionLine({ flags, description, argChoices, defaultValue, negate, mandatory }: Option): string {
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  const fallback = defaultValue === undefined || negate ? '' : ` (default: ${String(defaultValue)})`;
  return `- \`${flags}\`: ${description}${choices}${fallback}${mandatory ? ' (required)' : ''}`;
}

function leaves(command: Command, name: string): [name: string, command: Command][] {
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((inner) => leaves(inner, `${name} ${inner.name()}`));
}

test('the page about the command line says what the program says', async () => {
  const program = createProgram(async () => undefined, { out: () => undefined, err: () => undefined });
  await expect(`${reference(program)}\n`).toMatchFileSnapshot(page);
});
