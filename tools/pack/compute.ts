import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, strangersEnvironment, workspace } from '../processes.ts';
import { checkResolution, lintPackage, packInto } from './package.ts';
import type { Packed } from './package.ts';
import type { PackTest } from './steps.ts';

const source = join(workspace, 'packages/compute');

/** Packs @heed/compute into a folder. */
export function packCompute(folder: string): Promise<Packed> {
  return packInto(source, folder, ['dist/runtime/worker.js']);
}

/** Checks the package of @heed/compute, which was installed beside heed, and trains with it under plain Node.js. */
export async function checkCompute({ consumer }: PackTest): Promise<string> {
  const { tarball, files } = await packCompute(consumer);
  const test: PackTest = { source, consumer, tarball };
  await lintPackage(test);
  await checkResolution(test);
  cpSync(join(import.meta.dirname, 'fixtures/compute'), consumer, { recursive: true });
  const { code, output } = await runNode([join(consumer, 'line.mjs')], {
    cwd: consumer,
    env: strangersEnvironment(),
    timeoutMs: 60_000,
  });
  if (code !== 0) throw new Error(`a program that trains must run:\n${output}`);
  return `${files} files; ${output.trim()}`;
}
