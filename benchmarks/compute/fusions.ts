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
  type ProductTuner,
  type Runtime,
} from '@heed/compute';
import { printResult, readOptions } from '../harness.ts';
import { interleave, ownCalls } from './measure.ts';
import { workloads } from './suite.ts';
import type { Training, TrainingForm, Workload } from './workload.ts';

interface Switch {
  readonly off: TrainingForm;
  /** By default the form that is the default. */
  readonly on: TrainingForm;
}

const file = join(import.meta.dirname, 'fusions.json');
const names = Object.keys(passes) as PassName[];

const withPass = (name: PassName, on: boolean): TrainingForm => ({
  options: { passes: { ...defaultCompileOptions.passes, [name]: on } },
});

/** TD3 has two programs and its own order of steps. */
const loopSwitches = (tuner: ProductTuner): Record<string, Switch> => ({
  productForms: { off: {}, on: { tuner } },
  optimizerAsKernel: { off: { optimizer: 'graph' }, on: {} },
  severalStepsPerCall: { off: { grouped: false }, on: {} },
});

const switchesOf = (workload: Workload, tuner: ProductTuner): Record<string, Switch> => {
  const { productForms, ...loops } = loopSwitches(tuner);
  const all = { ...(productForms && { productForms }), ...(workload.name === 'td3' ? {} : loops) };
  return {
    ...Object.fromEntries(names.map((name) => [name, { off: withPass(name, false), on: withPass(name, true) }])),
    ...all,
  };
};

const sameModels = (a: Training, b: Training): boolean =>
  a.models.length === b.models.length &&
  a.models.every(({ model }, index) => {
    const other = b.models[index]?.model;
    return other !== undefined && Buffer.compare(encodeModel(model), encodeModel(other)) === 0;
  });

/** Time without over time with: above 1, the pass gains. `null`: the graphs are the same. */
async function gain(workload: Workload, runtime: Runtime, { on, off }: Switch, rounds: number): Promise<number | null> {
  const isPass = on.tuner === undefined && off.optimizer === undefined && off.grouped === undefined;
  const [withIt, without] = [await workload.train(runtime, on), await workload.train(runtime, off)];
  try {
    if (isPass && sameModels(withIt, without)) return null;
    const timings = await interleave(
      { on: ownCalls(withIt.call), off: ownCalls(without.call) },
      { rounds, blockMs: 150 },
    );
    return Number(timings.off?.ms) / Number(timings.on?.ms);
  } finally {
    await withIt.close();
    await without.close();
  }
}

const options = readOptions(process.argv.slice(2));
const runtime = createRuntime({ threads: 1 });
const tuner = createProductTuner(runtime, { clock: () => performance.now() });
const figures: Record<string, Record<string, number>> = {};
const ratios: Record<string, Record<string, number | null>> = {};
const before = loadavg()[0] ?? NaN;
for (const make of options.quick ? workloads.slice(0, 3) : workloads) {
  const workload = make();
  const rounds = options.quick ? 3 : workload.name === 'decoderLarge' ? 9 : 15;
  for (const [name, each] of Object.entries(switchesOf(workload, tuner))) {
    const ratio = await gain(workload, runtime, each, rounds);
    (ratios[name] ??= {})[workload.name] = ratio === null ? null : Number(ratio.toFixed(3));
    if (ratio !== null) (figures[name] ??= {})[workload.name] = ratio;
    console.log(`${workload.name} ${name}: ${ratio?.toFixed(3) ?? 'the graph is the same'}`);
  }
}
await runtime.close();

if (!options.quick) {
  const { reasons } = JSON.parse(readFileSync(file, 'utf8')) as { reasons: Record<string, string> };
  const loadAverage = [before, loadavg()[0] ?? NaN].map((load) => Number(load.toFixed(2)));
  writeFileSync(
    file,
    `${JSON.stringify({ about: 'time of a training step without over with; null: the graph is the same', threads: 1, loadAverage, ratios, reasons }, null, 2)}\n`,
  );
}
printResult({ name: 'fusions', figures, ratios: {}, peers: {}, skipped: {} }, options);
