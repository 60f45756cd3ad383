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
import { profileModel } from './profile.ts';
import { workloads } from './suite.ts';
import type { Training, TrainingForm, Workload } from './workload.ts';

const file = join(import.meta.dirname, 'fusions.json');
const names = Object.keys(passes) as PassName[];

const withPass = (name: PassName, isOn: boolean): TrainingForm => ({
  options: { passes: { ...defaultCompileOptions.passes, [name]: isOn } },
});

type Models = Training['models'];

async function modelsOf(workload: Workload, runtime: Runtime, form: TrainingForm): Promise<Models> {
  const { models, close } = await workload.train(runtime, form);
  await close();
  return models;
}

const sameModels = (a: Models, b: Models): boolean =>
  a.every(({ model }, index) => {
    const other = b[index]?.model;
    return other !== undefined && Buffer.compare(encodeModel(model), encodeModel(other)) === 0;
  });

/** Milliseconds that ONNX Runtime's kernels take in a step, each node at its quickest. */
async function inKernels(models: Models, steps: number, runs: number): Promise<number> {
  let ms = 0;
  for (const { model, runs: times } of models) ms += ((await profileModel(model, 1, runs)).quickestMs * times) / steps;
  return ms;
}

/** What kernels take for `before` over what they take for `after`, in turns: a machine that slows down slows both. */
async function kernelRatio(workload: Workload, before: Models, after: Models, runs: number): Promise<number> {
  const quickest = [Infinity, Infinity] as [number, number];
  for (const side of [0, 1, 1, 0] as const) {
    const ms = await inKernels(side === 0 ? before : after, workload.steps, runs);
    quickest[side] = Math.min(quickest[side], ms);
  }
  return quickest[0] / quickest[1];
}

/** What kernels take without over what they take with; `null`: the graphs are the same. */
async function graphGain(
  workload: Workload,
  runtime: Runtime,
  [off, on]: readonly [TrainingForm, TrainingForm],
  runs: number,
): Promise<number | null> {
  const [before, after] = [await modelsOf(workload, runtime, off), await modelsOf(workload, runtime, on)];
  return sameModels(before, after) ? null : kernelRatio(workload, before, after, runs);
}

/** What calls take of the processor, the quickest rounds of two forms that take turns: [off, on]. */
async function callGain(
  workload: Workload,
  runtime: Runtime,
  forms: readonly [TrainingForm, TrainingForm],
  rounds: number,
): Promise<number> {
  const [off, on] = [await workload.train(runtime, forms[0]), await workload.train(runtime, forms[1])];
  try {
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
  ratio: 'time of a training step without over with: above 1 it gains; null: the graph is the same',
  passes: 'time in kernels, each node at its quickest, in turns',
  nothing: 'the same graph beside itself: what a ratio moves by',
  optimizerAsKernel: 'processor time of calls, the quickest of rounds in turns; so for severalStepsPerCall',
};
const before = loadavg()[0] ?? NaN;
const note = (workload: Workload, name: string, ratio: number | null): void => {
  (ratios[name] ??= {})[workload.name] = ratio === null ? null : Number(ratio.toFixed(3));
  if (ratio !== null) (figures[name] ??= {})[workload.name] = ratio;
  console.log(`${workload.name} ${name}: ${ratio?.toFixed(3) ?? 'the graph is the same'}`);
};
for (const make of options.quick ? workloads.slice(0, 3) : workloads) {
  const workload = make();
  const rounds = options.quick ? 3 : workload.name === 'decoderLarge' ? 9 : 15;
  const runs = rounds;
  const models = await modelsOf(workload, runtime, {});
  note(workload, 'nothing', await kernelRatio(workload, models, models, runs));
  for (const name of names)
    note(workload, name, await graphGain(workload, runtime, [withPass(name, false), withPass(name, true)], runs));
  note(workload, 'productForms', await graphGain(workload, runtime, [{}, { tuner }], runs));
  // TD3 has two programs and an order of steps of its own.
  if (workload.name === 'td3') continue;
  note(workload, 'optimizerAsKernel', await callGain(workload, runtime, [{ optimizer: 'graph' }, {}], rounds));
  note(workload, 'severalStepsPerCall', await callGain(workload, runtime, [{ grouped: false }, {}], rounds));
}
await runtime.close();

if (!options.quick) {
  const { reasons } = JSON.parse(readFileSync(file, 'utf8')) as { reasons: Record<string, string> };
  const loadAverage = [before, loadavg()[0] ?? NaN].map((load) => Number(load.toFixed(2)));
  writeFileSync(file, `${JSON.stringify({ about, threads: 1, loadAverage, ratios, reasons }, null, 2)}\n`);
}
printResult({ name: 'fusions', figures, ratios: {}, peers: {}, skipped: {} }, options);
