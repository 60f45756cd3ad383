import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { median } from '../harness.ts';

const packages = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'] as const;
const version = '4.22.0';
const folder = join(import.meta.dirname, '..', '..', '.cache', 'tensorflow');

/** As much of TensorFlow.js as one step of training needs: the package is no dependency, so its types are not to be had. */
interface TensorFlow {
  readonly version: Readonly<Record<string, string>>;
  readonly setBackend: (name: string) => Promise<boolean>;
  readonly ready: () => Promise<void>;
  readonly sequential: (settings: { readonly layers: readonly unknown[] }) => Model;
  readonly layers: { readonly dense: (settings: Readonly<Record<string, unknown>>) => unknown };
  readonly train: { readonly adam: (learningRate: number) => unknown };
  readonly randomNormal: (shape: readonly number[]) => unknown;
}

interface Model {
  readonly compile: (settings: { readonly optimizer: unknown; readonly loss: string }) => void;
  readonly trainOnBatch: (x: unknown, y: unknown) => Promise<unknown>;
}

/** The packages in a folder of their own, installed on first use; or why they could not be had. */
function install(): { readonly skipped: string } | null {
  const mark = join(folder, 'installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return null;
  console.log('installing TensorFlow.js into .cache/tensorflow once (about 310 MB) …');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const wanted = packages.map((name) => `${name}@${version}`);
  const parameters = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...wanted];
  const running = process.env['npm_execpath'];
  const [program, first] =
    running !== undefined && basename(running) === 'npm-cli.js' ? [process.execPath, [running]] : ['npm', []];
  const { status, stderr, error } = spawnSync(program, [...first, ...parameters], {
    encoding: 'utf8',
    timeout: 300_000,
    shell: program === 'npm' && process.platform === 'win32',
  });
  if (status !== 0)
    return {
      skipped: `npm install failed: ${error?.message ?? stderr.trim().split('\n').at(-1) ?? 'no reason given'}`,
    };
  writeFileSync(mark, version);
  return null;
}

/** The step of the MLP in TensorFlow.js on WebAssembly. */
export async function measureTensorFlow(
  quick: boolean,
): Promise<{ readonly ms: number; readonly version: string } | { readonly skipped: string }> {
  const refusal = install();
  if (refusal !== null) return refusal;
  let tf: TensorFlow;
  try {
    const require = createRequire(join(folder, 'package.json'));
    const [core] = packages.map((name): unknown => require(name));
    tf = core as TensorFlow;
  } catch (error) {
    return { skipped: `the packages could not be loaded: ${error instanceof Error ? error.message : String(error)}` };
  }
  await tf.setBackend('wasm');
  await tf.ready();
  const dense = (units: number, more: Readonly<Record<string, unknown>>): unknown =>
    tf.layers.dense({ units, ...more });
  const model = tf.sequential({
    layers: [dense(256, { activation: 'relu', inputShape: [23] }), dense(256, { activation: 'relu' }), dense(1, {})],
  });
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'meanSquaredError' });
  const [x, y] = [tf.randomNormal([256, 23]), tf.randomNormal([256, 1])];
  const times: number[] = [];
  for (let step = 0; step < (quick ? 12 : 60); step += 1) {
    const start = performance.now();
    await model.trainOnBatch(x, y);
    times.push(performance.now() - start);
  }
  return { ms: median(times.slice(2)), version: tf.version['tfjs'] ?? '' };
}
