// Everything that has to hold before a change is merged: `npm run ok [-- --only NAME …] [--without NAME …]`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkBoundaries } from './checks/boundaries.ts';
import { checkChanceAndTime } from './checks/chance-and-time.ts';
import { checkDocstrings } from './checks/docstrings.ts';
import { checkExamples } from './checks/examples.ts';
import type { Findings } from './checks/files.ts';
import { checkSizes } from './checks/sizes.ts';
import { runNode, workspace } from './processes.ts';

interface Outcome {
  readonly passed: boolean;
  /** What to read: the tool's own words, or one line per problem. */
  readonly report: string;
  /** In a few words, also of a step that passed. */
  readonly summary: string;
}

interface Step {
  readonly name: string;
  /** Says what failed and what to do about it. */
  readonly remedy: string;
  readonly run: () => Promise<Outcome>;
}

/** A step that runs a program of node_modules; it passes where the program ends with 0. */
function program(path: string, argumentList: readonly string[], shows = false): Step['run'] {
  return async () => {
    const file = join(workspace, 'node_modules', path);
    const { code, output } = await runNode([file, ...argumentList], {
      cwd: workspace,
      output: shows ? 'show' : 'keep',
    });
    return { passed: code === 0, report: output.trim(), summary: '' };
  };
}

/** A step that is one of our own checks. */
function check(find: (root: string) => Findings | Promise<Findings>): Step['run'] {
  return async () => {
    const { problems, notes } = await find(workspace);
    const lines = problems.map(({ file, line, message }) => `${file}:${line} ${message}`);
    return { passed: problems.length === 0, report: lines.join('\n'), summary: notes.join('; ') };
  };
}

const steps: readonly Step[] = [
  {
    name: 'format',
    remedy: 'Files are not formatted: run "npm run format".',
    run: program('oxfmt/bin/oxfmt', ['--check', '.']),
  },
  {
    name: 'lint',
    remedy: 'The linter found mistakes: mend them.',
    run: program('oxlint/bin/oxlint', ['--type-aware']),
  },
  {
    name: 'types',
    remedy: 'The types do not hold: mend them.',
    run: program('typescript/bin/tsc', ['--project', 'tsconfig.json']),
  },
  {
    name: 'unused',
    remedy: 'Files, exports or dependencies are not used: remove them, or name a new entry point in knip.json.',
    run: program('knip/bin/knip.js', ['--no-progress', '--no-config-hints']),
  },
  {
    name: 'boundaries',
    remedy: 'An import crosses a boundary of tools/checks/boundary-rules.ts.',
    run: check(checkBoundaries),
  },
  {
    name: 'edges',
    remedy: 'Chance and time must be passed in: see tools/checks/chance-and-time.ts.',
    run: check(checkChanceAndTime),
  },
  { name: 'sizes', remedy: 'A file is too long: split it where it does two things.', run: check(checkSizes) },
  { name: 'docstrings', remedy: 'Public functions need a docstring.', run: check(checkDocstrings) },
  { name: 'examples', remedy: 'An example in the documents does not work as written.', run: check(checkExamples) },
  {
    name: 'tests',
    remedy: 'Tests failed: "npm test -- FILE" runs those of one file.',
    run: async () => {
      const { code } = await runNode([join(workspace, 'tools/test.ts'), '--only', 'vitest'], {
        cwd: workspace,
        output: 'show',
      });
      return { passed: code === 0, report: '', summary: '' };
    },
  },
];

function chosenSteps(): readonly Step[] {
  const several = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({ options: { only: several, without: several } });
  const only = values.only?.flatMap((text) => text.split(',')) ?? steps.map((step) => step.name);
  const without = values.without?.flatMap((text) => text.split(',')) ?? [];
  for (const name of [...only, ...without]) {
    if (steps.some((step) => step.name === name)) continue;
    throw new RangeError(
      `cannot check, as a step must be one of ${steps.map((step) => step.name).join(', ')}: it is ${name}`,
    );
  }
  return steps.filter((step) => only.includes(step.name) && !without.includes(step.name));
}

async function runStep(step: Step): Promise<boolean> {
  const started = performance.now();
  const { passed, report, summary } = await step.run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!passed && report !== '') console.log(report);
  console.log(
    `${passed ? 'ok    ' : 'FAILED'} ${step.name.padEnd(11)} ${seconds.padStart(6)} s  ${passed ? summary : step.remedy}`,
  );
  return passed;
}

const failed: string[] = [];
const chosen = chosenSteps();
for (const step of chosen) if (!(await runStep(step))) failed.push(step.name);
console.log(
  failed.length === 0
    ? `All ${chosen.length} steps are ok.`
    : `${failed.length} of ${chosen.length} steps failed: ${failed.join(', ')}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
