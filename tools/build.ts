// Builds every package into its dist/: `npm run build`.
import { chmodSync, copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { listFiles } from './checks/files.ts';
import { runNode, workspace } from './processes.ts';

/** Files beside the sources that the built package reads (migrations …), without what only tests read. */
function copyAssets(folder: string): number {
  const assets = listFiles(join(folder, 'src'), ['**/*.*']).filter(
    (file) => !file.endsWith('.ts') && !/(^|\/)(golden|testing)/.test(file),
  );
  for (const asset of assets) {
    const target = join(folder, 'dist', asset);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(folder, 'src', asset), target);
  }
  return assets.length;
}

/** The compiler rewrites `./x.ts` in what it emits as JavaScript, but not in declarations. */
function rewriteDeclarations(folder: string): void {
  for (const file of listFiles(join(folder, 'dist'), ['**/*.d.ts'])) {
    const path = join(folder, 'dist', file);
    const text = readFileSync(path, 'utf8');
    const rewritten = text.replace(/((?:from|import)\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2');
    if (rewritten !== text) writeFileSync(path, rewritten);
  }
}

function finishPrograms(folder: string): void {
  const { bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin?: Record<string, string>;
  };
  for (const [name, file] of Object.entries(bin)) {
    const path = join(folder, file);
    if (!existsSync(path)) throw new Error(`cannot build ${name}, as ${file} must be built: it is missing`);
    const text = readFileSync(path, 'utf8');
    if (!text.startsWith('#!')) writeFileSync(path, `#!/usr/bin/env node\n${text}`);
    chmodSync(path, 0o755);
  }
}

async function buildPackage(folder: string): Promise<void> {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  const compiler = join(workspace, 'node_modules/typescript/bin/tsc');
  const { code, output } = await runNode([compiler, '--project', 'tsconfig.build.json'], { cwd: folder });
  if (code !== 0) throw new Error(`cannot build ${folder}, as it must compile:\n${output}`);
  rewriteDeclarations(folder);
  const assets = copyAssets(folder);
  finishPrograms(folder);
  copyFileSync(join(workspace, 'LICENSE'), join(folder, 'LICENSE'));
  const modules = globSync('dist/**/*.js', { cwd: folder }).length;
  console.log(`built ${relative(workspace, folder)}: ${modules} modules, ${assets} other files`);
}

for (const file of listFiles(workspace, ['packages/*/tsconfig.build.json']))
  await buildPackage(join(workspace, dirname(file)));
