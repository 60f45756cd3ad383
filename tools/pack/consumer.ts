import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, runNpm, runProgram, strangersEnvironment } from '../processes.ts';
import { packCompute } from './compute.ts';
import { importPaths, readManifest, tool, type PackTest } from './steps.ts';

const installTimeoutMs = 300_000;

export async function install({ consumer, source, tarball }: PackTest): Promise<void> {
  const { zod } = readManifest(source).dependencies;
  writeFileSync(
    join(consumer, 'package.json'),
    `${JSON.stringify({ name: 'a-stranger', private: true, type: 'module' })}\n`,
  );
  // What heed needs of ours is in no registry before it is published.
  const compute = await packCompute(consumer);
  const packages = [tarball, compute.tarball, `zod@${zod}`];
  const { code, output } = await runNpm(
    ['install', '--no-fund', '--no-audit', '--prefer-offline', '--loglevel=error', ...packages],
    {
      cwd: consumer,
      // Its install script fetches libraries for NVIDIA cards, which needs a network and is not what is tested.
      env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
      timeoutMs: installTimeoutMs,
    },
  );
  if (code !== 0) throw new Error(`the tarball must install in an empty folder:\n${output}`);
}

/** Imports every public module under plain Node.js: a file that was not packed, or a dependency not declared, fails here. */
export async function importAll({ consumer, source }: PackTest): Promise<string> {
  const paths = importPaths(readManifest(source));
  const code = paths.map((path) => `await import(${JSON.stringify(path)});`).join('\n');
  const result = await runNode(['--input-type=module', '--eval', code], {
    cwd: consumer,
    env: strangersEnvironment(),
    timeoutMs: 60_000,
  });
  if (result.code !== 0) throw new Error(`every public module must load:\n${result.output}`);
  return `${paths.length} modules load`;
}

export async function init({ consumer }: PackTest): Promise<void> {
  const { code, output } = await runProgram('npx', ['heed', 'init'], {
    cwd: consumer,
    env: strangersEnvironment(),
    timeoutMs: 60_000,
  });
  if (code !== 0) throw new Error(`"npx heed init" must succeed:\n${output}`);
  cpSync(join(import.meta.dirname, 'fixtures/consumer'), consumer, { recursive: true });
}

const shared = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  typeRoots: [tool('@types')],
  types: ['node'],
};

const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;

/** Type-checks a small consumer, its configuration and an import of every public module. */
export async function checkTypes({ consumer, source }: PackTest): Promise<string> {
  const paths = importPaths(readManifest(source));
  const imports = paths.map((path, index) => `import * as module${index} from ${JSON.stringify(path)};`);
  const names = paths.map((_, index) => `module${index}`);
  writeFileSync(join(consumer, 'imports.ts'), `${imports.join('\n')}\nexport const modules = [${names.join(', ')}];\n`);
  for (const [name, resolution] of Object.entries(resolutions)) {
    const project = join(consumer, `tsconfig.${name}.json`);
    const files = ['imports.ts', 'heed.config.ts', 'first-decision.ts', 'types.ts'];
    writeFileSync(project, JSON.stringify({ compilerOptions: { ...shared, ...resolution }, files }));
    const { code, output } = await runNode([tool('typescript/bin/tsc'), '--project', project, '--pretty', 'false'], {
      cwd: consumer,
    });
    if (code !== 0) throw new Error(`a consumer's types must hold under ${name}:\n${output}`);
  }
  return Object.keys(resolutions).join(' and ');
}
