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
function contentProblems(files: readonly string[], needed: readonly string[]): string[] {
  const unwanted = /\.test\.|(?<!\.d)\.ts$|testing|fixtures|tsbuildinfo/;
  return [
    ...needed.filter((file) => !files.includes(file)).map((file) => `${file} must be in the package: it is missing`),
    ...files.filter((file) => unwanted.test(file)).map((file) => `${file} must not be in the package`),
  ];
}

export interface Packed {
  readonly tarball: string;
  readonly files: number;
  readonly bytes: number;
}

/** Packs a package into a folder; `needed` files have to be in it, beside those that every package has. */
export async function packInto(source: string, folder: string, needed: readonly string[]): Promise<Packed> {
  const asked = ['pack', '--json', '--loglevel=silent', '--pack-destination', folder];
  const { code, output } = await runNpm(asked, { cwd: source });
  if (code !== 0) throw new Error(`npm pack must succeed:\n${output}`);
  const packed: unknown = JSON.parse(output.slice(output.search(/[[{]/)));
  // npm 10 and 11 write a list, npm 12 an object by package name.
  const entry = Object.values(packed as Record<string, { filename: string; size: number; files: PackedFile[] }>)[0];
  if (entry === undefined) throw new Error(`npm pack must name what it packed:\n${output}`);
  const everywhere = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'];
  const problems = contentProblems(
    entry.files.map((file) => file.path),
    [...everywhere, ...needed],
  );
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return { tarball: join(folder, entry.filename), files: entry.files.length, bytes: entry.size };
}

export async function pack(test: PackTest): Promise<string> {
  const { tarball, files, bytes } = await packInto(test.source, test.consumer, ['dist/cli/main.js']);
  test.tarball = tarball;
  return `${files} files, ${Math.round(bytes / 1000)} kB`;
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
