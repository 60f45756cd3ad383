// Whether Heed learns, and learns as PyTorch does: `npm run bench:learning -- [--quick] [--json]`. Ends with 1 where not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type Runtime } from '@heed/compute';
import { findPeerPython, median, printResult, readOptions } from '../../harness.ts';
import { compareCharacters, type Losses } from './characters.ts';
import { learnDigits, readDigits } from './digits.ts';
import { compareEnsembles, type EnsembleSize } from './ensemble.ts';
import { decoderFirstStep, gruFirstStep } from './first-step.ts';
import { growthOverLengths, growthOverSteps, type Growth } from './growth.ts';

const aims = {
  accuracy: 0.97,
  digitSeconds: 60,
  relativeDifference: 0.01,
  decoderFirstStepSeconds: 1,
  gruFirstStepSeconds: 2,
  growth: 0.02,
  ensembleRatio: 3,
} as const;

const options = readOptions(process.argv.slice(2));
const [seeds, epochs, steps] = options.quick ? [[1], 40, 60] : [[1, 2, 3, 4, 5], 40, 1000];

const ensembles: readonly EnsembleSize[] = [
  { name: 'ensemble4x64Batch32', widths: [4, 64, 64, 2], batch: 32, isSmall: true },
  { name: 'ensemble23x256Batch32', widths: [23, 256, 256, 1], batch: 32, isSmall: false },
  { name: 'ensemble23x256Batch256', widths: [23, 256, 256, 1], batch: 256, isSmall: false },
];

const figures: Record<string, number> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
const missed: string[] = [];

/** Notes a number beside what it is meant to be at least, or at most. */
function check(name: string, value: number, holds: boolean, aim: string): void {
  figures[name] = value;
  if (!holds) missed.push(`${name} must be ${aim}: it is ${value}`);
}

const found = findPeerPython('PyTorch with the libraries it insists on, about 5.6 GB on disk', 'torch');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-learning-'));
const runtime = createRuntime();
try {
  if ('skipped' in found) skipped['scikit-learn and torch'] = found.skipped;
  else {
    await judgeDigits(found.python);
    await judgeCharacters(found.python);
  }
  for (const size of ensembles) await judgeEnsemble(runtime, size);
  await judgeEnsembleOnTwoThreads();
  await judgeFirstSteps();
  if (options.quick) skipped['growth of memory'] = 'it takes 10,000 steps';
  else await judgeGrowth();
} finally {
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'learning', figures, ratios, peers, skipped }, options);
for (const line of missed) console.error(`missed: ${line}`);
if (missed.length > 0) process.exitCode = 1;

/** Ten Q-networks in one graph beside ten graphs: a step of learning, and values for acting. */
async function judgeEnsemble(on: Runtime, size: EnsembleSize): Promise<void> {
  const result = await compareEnsembles(on, size, options.quick ? 5 : 15);
  const { together, apart, actTogether, actApart } = result;
  for (const [side, { ms }] of Object.entries(result)) figures[`${size.name}.${side}Ms`] = ms;
  const ratio = apart.ms / together.ms;
  ratios[size.name] = ratio;
  // Wider networks are bound by products of matrices, which are as many either way.
  if (size.isSmall && ratio < aims.ensembleRatio)
    missed.push(`${size.name} must be at least ${aims.ensembleRatio}: it is ${ratio}`);
  ratios[`${size.name}Acting`] = actApart.ms / actTogether.ms;
  figures[`${size.name}.processorRatio`] = apart.processorMs / together.processorMs;
  figures[`${size.name}.actingProcessorRatio`] = actApart.processorMs / actTogether.processorMs;
}

/** One large product is shared by threads where ten small ones are not. */
async function judgeEnsembleOnTwoThreads(): Promise<void> {
  const two = createRuntime({ threads: 2 });
  try {
    for (const size of ensembles)
      if (size.name === 'ensemble23x256Batch32') await judgeEnsemble(two, { ...size, name: `${size.name}TwoThreads` });
  } finally {
    await two.close();
  }
}

async function judgeFirstSteps(): Promise<void> {
  const { decoderFirstStepSeconds: decoderAim, gruFirstStepSeconds: gruAim } = aims;
  const decoder = median([await decoderFirstStep(), await decoderFirstStep(), await decoderFirstStep()]);
  const gru = median([await gruFirstStep(), await gruFirstStep(), await gruFirstStep()]);
  check('firstStep.decoderSeconds', decoder, decoder <= decoderAim, `at most ${decoderAim}`);
  check('firstStep.gruSeconds', gru, gru <= gruAim, `at most ${gruAim}`);
}

function noteGrowth(name: string, { early, late }: Growth): void {
  figures[`${name}.earlyMB`] = early;
  figures[`${name}.lateMB`] = late;
  const share = late / early - 1;
  check(`${name}.growth`, share, share <= aims.growth, `at most ${aims.growth}`);
}

async function judgeGrowth(): Promise<void> {
  const span = { early: 500, steps: 10_000 };
  noteGrowth('memory.steps', await growthOverSteps(runtime, span));
  noteGrowth('memory.lengthsInBuckets', await growthOverLengths(runtime, span, true));
  // Each step loads a program.
  noteGrowth('memory.lengthsApart', await growthOverLengths(runtime, { early: 500, steps: 2000 }, false));
}

async function judgeDigits(python: string): Promise<void> {
  const digits = readDigits(python);
  const accuracies: number[] = [];
  const seconds: number[] = [];
  for (const seed of seeds) {
    const start = performance.now();
    accuracies.push(await learnDigits(runtime, digits, seed, epochs));
    seconds.push((performance.now() - start) / 1000);
  }
  const least = Math.min(...accuracies);
  const longest = Math.max(...seconds);
  figures['digits.accuracy'] = accuracies.reduce((total, accuracy) => total + accuracy, 0) / seeds.length;
  check('digits.leastAccuracy', least, least >= aims.accuracy, `at least ${aims.accuracy}`);
  check('digits.seconds', longest, longest < aims.digitSeconds, `below ${aims.digitSeconds}`);
}

async function judgeCharacters(python: string): Promise<void> {
  const { ours, theirs, theirsInOtherOrder, stepsPerCheckpoint, ...about } = await compareCharacters(runtime, python, {
    steps,
    folder,
  });
  peers['torch'] = about.version;
  figures['characters.parameters'] = about.parameters;
  const [byHeed, byTorch, again] = [ours, theirs, theirsInOtherOrder].map((losses) =>
    checkpointsOf(losses, stepsPerCheckpoint),
  ) as [Checkpoint[], Checkpoint[], Checkpoint[]];
  console.log('mean loss in training since the last checkpoint, loss of the text held back; of Heed, of PyTorch:');
  for (const [index, { mean, testing }] of byHeed.entries()) {
    const { mean: theirMean = NaN, testing: theirTesting = NaN } = byTorch[index] ?? {};
    const numbers = [mean, theirMean, testing, theirTesting].map((loss) => loss.toFixed(5));
    console.log(`${String((index + 1) * stepsPerCheckpoint).padStart(5)}: ${numbers.join('  ')}`);
  }
  figures['characters.firstLoss'] = ours.training[0] ?? Number.NaN;
  figures['characters.lastTestLoss'] = byHeed.at(-1)?.testing ?? Number.NaN;
  for (const kind of ['mean', 'testing', 'batch'] as const) {
    figures[`characters.${kind}Difference`] = worstDifference(byHeed, byTorch, kind);
    figures[`characters.${kind}DifferenceOfTorchToItself`] = worstDifference(again, byTorch, kind);
  }
  // A batch by itself says little: rounding alone moves its loss by as much.
  const worst = Math.max(worstDifference(byHeed, byTorch, 'mean'), worstDifference(byHeed, byTorch, 'testing'));
  check('characters.relativeDifference', worst, worst <= aims.relativeDifference, `at most ${aims.relativeDifference}`);
}

interface Checkpoint {
  /** Of the batches since the last checkpoint. */
  readonly mean: number;
  /** Of the text held back. */
  readonly testing: number;
  /** Of the last batch. */
  readonly batch: number;
}

function checkpointsOf({ training, testing }: Losses, stepsPerCheckpoint: number): Checkpoint[] {
  return testing.map((loss, index) => {
    const batches = training.slice(index * stepsPerCheckpoint, (index + 1) * stepsPerCheckpoint);
    const mean = batches.reduce((total, batch) => total + batch, 0) / batches.length;
    return { mean, testing: loss, batch: batches.at(-1) ?? Number.NaN };
  });
}

/** The largest relative difference at any checkpoint. */
function worstDifference(some: readonly Checkpoint[], others: readonly Checkpoint[], kind: keyof Checkpoint): number {
  return Math.max(...some.map((one, index) => Math.abs(one[kind] / (others[index]?.[kind] ?? Number.NaN) - 1)));
}
