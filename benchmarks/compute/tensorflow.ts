import { median } from '../harness.ts';

/** As much of TensorFlow.js as one step of training needs: the package is optional, so its types are not to be had. */
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

/** The step of the MLP in TensorFlow.js on WebAssembly, where the packages are installed. */
export async function measureTensorFlow(
  quick: boolean,
): Promise<{ readonly ms: number; readonly version: string } | { readonly skipped: string }> {
  let tf: TensorFlow;
  try {
    const packages = ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'];
    const [core] = await Promise.all(packages.map((name): Promise<unknown> => import(name)));
    tf = core as TensorFlow;
  } catch {
    return { skipped: 'the packages @tensorflow/tfjs and @tensorflow/tfjs-backend-wasm are not installed' };
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
