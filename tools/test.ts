// Runs every test of the workspace and ends with their sum: `npm test [-- --only RUNNER] [FILTER …]`.
// FILTERs are handed to vitest; with them, only vitest runs.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runExamples } from './checks/examples.ts';
import { runNode, workspace } from './processes.ts';
import { addTallies, skippedNames, tallyLine, tallyVitest, type Tally, type VitestReport } from './tally.ts';

function readReport(file: string): VitestReport | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return null;
  }
}

async function vitest(filters: readonly string[]): Promise<Tally> {
  const reportFile = join(workspace, '.cache', `vitest-${process.pid}.json`);
  mkdirSync(join(workspace, '.cache'), { recursive: true });
  const program = join(workspace, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const { code } = await runNode([program, 'run', ...reporters, ...filters], { cwd: workspace, output: 'show' });
  const report = readReport(reportFile);
  rmSync(reportFile, { force: true });
  for (const name of report === null ? [] : skippedNames(report)) console.log(`skipped: ${name}`);
  return tallyVitest(report, code);
}

async function examples(): Promise<Tally> {
  const results = await runExamples(workspace);
  for (const { file, line, problems } of results) {
    console.log(`${problems.length === 0 ? 'passed' : 'FAILED'} example ${file}:${line}`);
    for (const problem of problems) console.log(`  ${problem.file}:${problem.line} ${problem.message}`);
  }
  const failed = results.filter((result) => result.problems.length > 0).length;
  return { passed: results.length - failed, failed, skipped: 0 };
}

const runners: Readonly<Record<string, (filters: readonly string[]) => Promise<Tally>>> = { vitest, examples };

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const wanted = values.only ?? (positionals.length > 0 ? ['vitest'] : Object.keys(runners));
const tallies: Tally[] = [];
for (const name of wanted) {
  const runner = runners[name];
  if (runner === undefined)
    throw new RangeError(
      `cannot run tests, as --only must be one of ${Object.keys(runners).join(', ')}: it is ${name}`,
    );
  tallies.push(await runner(positionals));
}
const sum = addTallies(tallies);
console.log(tallyLine(sum));
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;
