// What each pass of the compiler, and each form of a step, gains: `npm run bench:fusions -- [--quick] [--json]`.
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import {
  createProductTuner,
  createRuntime,
  defaultCompileOptions,
  encodeModel,
  passes,
  type PassName,
  type Runtime,
} from '@heed/compute';
import { printResult, readOptions } from '../harness.ts';
import { interleave, ownCalls } from './measure.ts';
import { workloads } from './suite.ts';
import type { Training, TrainingForm, Workload } from './workload.ts';

const file = join(import.meta.dirname, 'fusions.json');
const names = Object.keys(passes) as PassName[];

const withPass = (name: PassName, isOn: boolean): TrainingForm => ({
  options: { passes: { ...defaultCompileOptions.passes, [name]: isOn } },
});

type Models = Training['models'];

const sameModels = (a: Models, b: Models): boolean =>
  a.every(({ model }, index) => {
    const other = b[index]?.model;
    return other !== undefined && Buffer.compare(encodeModel(model), encodeModel(other)) === 0;
  });

/** What calls take of the processor without over what they take with, the quickest of rounds in turns: [off, on]. */
async function gain(
  workload: Workload,
  runtime: Runtime,
  forms: readonly [TrainingForm, TrainingForm],
  { rounds, evenIfSame = false }: { readonly rounds: number; readonly evenIfSame?: boolean },
): Promise<number | null> {
  const [off, on] = [await workload.train(runtime, forms[0]), await workload.train(runtime, forms[1])];
  try {
    if (!evenIfSame && sameModels(off.models, on.models)) return null;
    const timings = await interleave(
      { off: ownCalls(off.call), on: ownCalls(on.call) },
      { rounds, blockMs: 150, summary: (values) => Math.min(...values) },
    );
    return Number(timings.off?.processorMs) / Number(timings.on?.processorMs);
  } finally {
    await off.close();
    await on.close();
  }
}

const options = readOptions(process.argv.slice(2));
const runtime = createRuntime({ threads: 1 });
const tuner = createProductTuner(runtime, { clock: () => performance.now() });
const figures: Record<string, Record<string, number>> = {};
const ratios: Record<string, Record<string, number | null>> = {};
const about = {
  ratio:
    'processor time of training steps without over with, the quickest of rounds in turns: above 1 it gains; null: the graph is the same',
  nothing: 'a graph beside itself: what a ratio moves by',
};
const before = loadavg()[0] ?? NaN;
const note = (workload: Workload, name: string, ratio: number | null): void => {
  (ratios[name] ??= {})[workload.name] = ratio === null ? null : Number(ratio.toFixed(3));
  if (ratio !== null) (figures[name] ??= {})[workload.name] = ratio;
  console.log(`${workload.name} ${name}: ${ratio?.toFixed(3) ?? 'the graph is the same'}`);
};
for (const make of options.quick ? workloads.slice(0, 3) : workloads) {
  const workload = make();
  const rounds = options.quick ? 3 : workload.name === 'decoderLarge' ? 9 : 25;
  const measure = async (name: string, off: TrainingForm, on: TrainingForm, evenIfSame = false): Promise<void> =>
    note(workload, name, await gain(workload, runtime, [off, on], { rounds, evenIfSame }));
  await measure('nothing', {}, {}, true);
  for (const name of names) await measure(name, withPass(name, false), withPass(name, true));
  await measure('productForms', {}, { tuner });
  // TD3 has two programs and an order of steps of its own.
  if (workload.name === 'td3') continue;
  await measure('optimizerAsKernel', { optimizer: 'graph' }, {});
  await measure('severalStepsPerCall', { grouped: false }, {}, true);
}
await runtime.close();

if (!options.quick) {
  const { reasons } = JSON.parse(readFileSync(file, 'utf8')) as { reasons: Record<string, string> };
  const loadAverage = [before, loadavg()[0] ?? NaN].map((load) => Number(load.toFixed(2)));
  writeFileSync(file, `${JSON.stringify({ about, threads: 1, loadAverage, ratios, reasons }, null, 2)}\n`);
}
printResult({ name: 'fusions', figures, ratios: {}, peers: {}, skipped: {} }, options);
