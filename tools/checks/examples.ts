import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode } from '../processes.ts';
import { docstringFences, typescriptFences, type Fence } from './fences.ts';
import { isTest, listFiles, type Findings, type Problem } from './files.ts';

const timeoutMs = 120_000;
const compiler = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');

interface Example {
  readonly file: string;
  /** Line in `file` of the first line of code. */
  readonly line: number;
  readonly code: string;
  readonly run: boolean;
}

/** One example and what was wrong with it. */
export interface ExampleResult {
  readonly file: string;
  readonly line: number;
  readonly problems: readonly Problem[];
}

function examplesOf(file: string, fences: readonly Fence[], wanted: (fence: Fence) => boolean): Example[] {
  return fences.filter(wanted).map(({ line, code, words }) => ({ file, line, code, run: !words.includes('check') }));
}

/** Blocks marked `ts run` or `ts check` in documents, every `@example` in docstrings, and the programs in examples/. */
function findExamples(root: string): Example[] {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const documents = listFiles(root, ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'apps/*/README.md']);
  const sources = listFiles(root, ['packages/*/src/**/*.ts']).filter((file) => !isTest(file));
  const programs = listFiles(root, ['examples/*.ts']).filter((file) => !isTest(file));
  return [
    ...documents.flatMap((file) =>
      examplesOf(file, typescriptFences(read(file)), ({ words }) => words.includes('run') || words.includes('check')),
    ),
    ...sources.flatMap((file) => examplesOf(file, docstringFences(read(file)), () => true)),
    ...programs.map((file) => ({ file, line: 1, code: read(file), run: true })),
  ];
}

/** Each example gets a folder of its own inside the workspace, where `heed` resolves and its files may lie. */
function writeExamples(home: string, examples: readonly Example[]): string[] {
  const folders = examples.map((example, index) => {
    const folder = join(home, String(index + 1));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'example.ts'), `${example.code}\nexport {};\n`);
    return folder;
  });
  const files = examples.map((_, index) => `${index + 1}/example.ts`);
  const compilerOptions = { noEmit: true, allowImportingTsExtensions: true };
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, files, include: [], exclude: [] }),
  );
  return folders;
}

async function typeProblems(home: string, examples: readonly Example[]): Promise<Map<Example, Problem[]>> {
  const found = new Map<Example, Problem[]>();
  const { code, output } = await runNode([compiler, '--project', 'tsconfig.json', '--pretty', 'false'], { cwd: home });
  for (const line of output.split('\n')) {
    const parts = /^(\d+)\/example\.ts\((\d+),\d+\): error (.*)$/.exec(line);
    const example = examples[Number(parts?.[1]) - 1];
    if (parts === null || example === undefined) continue;
    const problem = { file: example.file, line: example.line + Number(parts[2]) - 1, message: parts[3] ?? '' };
    found.set(example, [...(found.get(example) ?? []), problem]);
  }
  const first = examples[0];
  if (code !== 0 && found.size === 0 && first !== undefined) {
    found.set(first, [
      {
        file: first.file,
        line: first.line,
        message: `the examples do not compile:\n  ${output.trim().split('\n').slice(0, 10).join('\n  ')}`,
      },
    ]);
  }
  return found;
}

async function runExample(example: Example, folder: string): Promise<Problem[]> {
  const { code, output } = await runNode(['--conditions=heed-source', 'example.ts'], { cwd: folder, timeoutMs });
  if (code === 0) return [];
  const said = output.trim().split('\n').slice(-20).join('\n  ');
  return [
    { file: example.file, line: example.line, message: `the example must run: it ended with code ${code}\n  ${said}` },
  ];
}

/** Type-checks and runs every example, one after the other, each in an empty folder. */
export async function runExamples(root: string): Promise<ExampleResult[]> {
  const examples = findExamples(root);
  if (examples.length === 0) return [];
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const home = mkdtempSync(join(cache, 'examples-'));
  try {
    return await checkIn(home, examples);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function checkIn(home: string, examples: readonly Example[]): Promise<ExampleResult[]> {
  const folders = writeExamples(home, examples);
  const types = await typeProblems(home, examples);
  const results: ExampleResult[] = [];
  for (const [index, example] of examples.entries()) {
    const ill = types.get(example) ?? [];
    const folder = folders[index];
    const problems = ill.length > 0 || !example.run || folder === undefined ? ill : await runExample(example, folder);
    results.push({ file: example.file, line: example.line, problems });
  }
  return results;
}

/** Finds examples that do not compile or do not run. */
export async function checkExamples(root: string): Promise<Findings> {
  const results = await runExamples(root);
  return { problems: results.flatMap((result) => result.problems), notes: [`${results.length} examples`] };
}
