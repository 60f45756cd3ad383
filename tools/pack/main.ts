// Packs heed and @heed/compute, installs the tarballs in an empty folder and uses them as a stranger would: `npm run test:pack`.
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspace } from '../processes.ts';
import { checkBrowserBundle } from './browser.ts';
import { checkCompute } from './compute.ts';
import { checkTypes, importAll, init, install } from './consumer.ts';
import { build, checkResolution, lintPackage, pack } from './package.ts';
import { serveOnce } from './service.ts';
import type { PackTest } from './steps.ts';

const steps: readonly [string, (test: PackTest) => Promise<string | void>][] = [
  ['build', build],
  ['pack', pack],
  ['publint', lintPackage],
  ['attw', checkResolution],
  ['install', install],
  ['import', importAll],
  ['browser', checkBrowserBundle],
  ['init', init],
  ['types', checkTypes],
  ['serve', serveOnce],
  ['compute', checkCompute],
];

// The embedded PostgreSQL does not run as root: its account has to reach the folder.
const consumer = realpathSync(mkdtempSync(join(tmpdir(), 'heed-pack-')));
chmodSync(consumer, 0o755);
const test: PackTest = { source: join(workspace, 'packages/heed'), consumer, tarball: '' };
try {
  for (const [name, run] of steps) {
    const started = performance.now();
    const detail = (await run(test)) ?? '';
    console.log(
      `ok     ${name.padEnd(8)} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${detail}`,
    );
  }
  console.log('The packages install, compile, serve, bundle and train.');
} catch (error) {
  console.log(`FAILED ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(consumer, { recursive: true, force: true });
}
