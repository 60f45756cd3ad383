import { join } from 'node:path';
import { formatMessage } from 'publint/utils';
import { publint } from 'publint';
import { runNode, runNpm, workspace } from '../processes.ts';
import { readManifest, tool, type PackTest } from './steps.ts';

export async function build(): Promise<void> {
  const { code, output } = await runNode([join(workspace, 'tools/build.ts')], { cwd: workspace });
  if (code !== 0) throw new Error(`the package must build:\n${output}`);
}

interface PackedFile {
  readonly path: string;
}

/** What must and must not be in the tarball, by its list of files. */
function contentProblems(files: readonly string[]): string[] {
  const needed = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js'];
  const unwanted = /\.test\.|(?<!\.d)\.ts$|testing|fixtures|tsbuildinfo/;
  return [
    ...needed.filter((file) => !files.includes(file)).map((file) => `${file} must be in the package: it is missing`),
    ...files.filter((file) => unwanted.test(file)).map((file) => `${file} must not be in the package`),
  ];
}

export async function pack(test: PackTest): Promise<string> {
  const { code, output } = await runNpm(['pack', '--json', '--loglevel=silent', '--pack-destination', test.consumer], {
    cwd: test.source,
  });
  if (code !== 0) throw new Error(`npm pack must succeed:\n${output}`);
  const packed: unknown = JSON.parse(output.slice(output.search(/[[{]/)));
  // npm 10 and 11 write a list, npm 12 an object by package name.
  const entry = Object.values(packed as Record<string, { filename: string; size: number; files: PackedFile[] }>)[0];
  if (entry === undefined) throw new Error(`npm pack must name what it packed:\n${output}`);
  test.tarball = join(test.consumer, entry.filename);
  const problems = contentProblems(entry.files.map((file) => file.path));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${entry.files.length} files, ${Math.round(entry.size / 1000)} kB`;
}

export async function lintPackage({ source }: PackTest): Promise<string> {
  const { messages, pkg } = await publint({ pkgDir: source, strict: true, pack: 'npm' });
  const lines = messages.map(
    (message) => `publint: ${formatMessage(message, pkg as Record<string, unknown>) ?? message.code}`,
  );
  if (lines.length > 0) throw new Error(lines.join('\n'));
  return 'publint has nothing to say';
}

/**
 * Resolves every export as each kind of consumer does. The profile leaves `require` and TypeScript's oldest resolution
 * out: the package is ES modules only, and Node.js 22 and newer can `require` those.
 */
export async function checkResolution({ tarball, consumer, source }: PackTest): Promise<string> {
  const program = tool('@arethetypeswrong/cli/dist/index.js');
  const { code, output } = await runNode([program, '--profile', 'esm-only', '--no-color', tarball], { cwd: consumer });
  if (code !== 0) throw new Error(`every export must resolve with its types:\n${output}`);
  return `${Object.keys(readManifest(source).exports).length} exports resolve`;
}
