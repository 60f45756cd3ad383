import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { runNode, runNpm, strangersEnvironment, workspace } from '../processes.ts';
import { checkResolution, lintPackage, packInto } from './package.ts';
import type { PackTest } from './steps.ts';

/** Packs @heed/compute, installs it beside heed, and trains with it under plain Node.js. */
export async function checkCompute({ consumer }: PackTest): Promise<string> {
  const source = join(workspace, 'packages/compute');
  const { tarball, files } = await packInto(source, consumer, ['dist/runtime/worker.js']);
  const test: PackTest = { source, consumer, tarball };
  await lintPackage(test);
  await checkResolution(test);
  const asked = ['install', '--no-fund', '--no-audit', '--prefer-offline', '--loglevel=error', tarball];
  const installed = await runNpm(asked, {
    cwd: consumer,
    // Its install script fetches libraries for NVIDIA cards, which needs a network and is not what is tested.
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
    timeoutMs: 300_000,
  });
  if (installed.code !== 0) throw new Error(`the tarball of compute must install:\n${installed.output}`);
  cpSync(join(import.meta.dirname, 'fixtures/compute'), consumer, { recursive: true });
  const { code, output } = await runNode([join(consumer, 'line.mjs')], {
    cwd: consumer,
    env: strangersEnvironment(),
    timeoutMs: 60_000,
  });
  if (code !== 0) throw new Error(`a program that trains must run:\n${output}`);
  return `${files} files; ${output.trim()}`;
}
