import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitBoostedTrees, predictTrees, softplus } from '../../packages/heed/src/math/index.ts';
import { findPeerPython, median, printResult, readOptions, runPeer } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
const { rows, repeats } = options.quick ? { rows: 4_000, repeats: 1 } : { rows: 40_000, repeats: 3 };

/** A set on which trees are fitted to the first half of the rows, and judged by the other. */
interface TreeSet {
  readonly name: string;
  readonly loss: 'squared' | 'logistic';
  readonly width: number;
  readonly half: number;
  readonly features: Float32Array;
  readonly labels: Float64Array;
}

interface Fit {
  readonly seconds: number;
  /** On all threads of the process: what else the machine does adds little to it. */
  readonly processorSeconds: number;
}

const figures: Record<string, Record<string, number>> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
const peer = findPeerPython('scikit-learn, and River for a set, about 510 MB on disk', 'bandits');
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-trees-'));
try {
  if ('skipped' in peer) skipped['scikit-learn'] = peer.skipped;
  else {
    const written = runPeer(peer.python, 'trees.py', ['write', folder, String(rows)]);
    for (const [name, sizes] of Object.entries(written)) compareOn(readSet(name, String(sizes)), peer.python);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
printResult({ name: 'trees', figures, ratios, peers, skipped }, options);

function compareOn(set: TreeSet, python: string): void {
  const parameters = ['fit', folder, set.name, set.loss, ...[set.half * 2, set.width].map(String)];
  const ours: (Fit & { readonly loss: number })[] = [];
  const theirs: Fit[] = [];
  let [peerLoss, onAllThreads] = [NaN, NaN];
  // The first fit only warms up.
  fitOurs({ ...set, half: Math.min(set.half, 1_000) });
  for (let turn = 0; turn < repeats; turn += 1) {
    ours.push(fitOurs(set));
    // On all threads once: that it shares the machine may make it wait for itself.
    const other = runPeer(python, 'trees.py', [...parameters, turn === 0 ? 'all' : 'one']);
    theirs.push({ seconds: Number(other['seconds']), processorSeconds: Number(other['processorSeconds']) });
    if (turn === 0) onAllThreads = Number(other['secondsOnAllThreads']);
    peerLoss = Number(other['loss']);
    peers['scikit-learn'] = String(other['version']);
  }
  const loss = ours.at(-1)?.loss ?? NaN;
  const [seconds, peerSeconds] = [ours, theirs].map((fits) => median(fits.map((fit) => fit.seconds)));
  const [processor, peerProcessor] = [ours, theirs].map((fits) => median(fits.map((fit) => fit.processorSeconds)));
  figures[set.name] = {
    rows: set.half,
    heedLoss: loss,
    peerLoss,
    heedSeconds: seconds ?? NaN,
    peerSeconds: peerSeconds ?? NaN,
    peerSecondsOnAllThreads: onAllThreads,
    heedProcessorSeconds: processor ?? NaN,
    peerProcessorSeconds: peerProcessor ?? NaN,
  };
  ratios[`loss, ${set.name}`] = peerLoss / loss;
  ratios[`speed, ${set.name}`] = (peerSeconds ?? NaN) / (seconds ?? NaN);
  ratios[`processor time, ${set.name}`] = (peerProcessor ?? NaN) / (processor ?? NaN);
  ratios[`speed beside all threads, ${set.name}`] = onAllThreads / (seconds ?? NaN);
}

/** Fits to the first half with the defaults, which are scikit-learn's; the loss is that of the other half. */
function fitOurs({ features, labels, half, width, loss }: TreeSet): Fit & { readonly loss: number } {
  const before = process.cpuUsage();
  const start = performance.now();
  const { trees } = fitBoostedTrees(features.subarray(0, half * width), width, labels.subarray(0, half), { loss });
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(before);
  let total = 0;
  for (let row = half; row < 2 * half; row += 1) {
    const sum = predictTrees(trees, features.subarray(row * width, (row + 1) * width));
    const label = labels[row] ?? 0;
    total += loss === 'squared' ? (sum - label) ** 2 / 2 : softplus(sum) - label * sum;
  }
  return { seconds, processorSeconds: (user + system) / 1_000_000, loss: total / half };
}

function readSet(name: string, sizes: string): TreeSet {
  const [loss, count, width] = sizes.split(' ');
  return {
    name,
    loss: loss === 'squared' ? 'squared' : 'logistic',
    width: Number(width),
    half: Math.floor(Number(count) / 2),
    features: new Float32Array(readNumbers(`${name}.f32`)),
    labels: new Float64Array(readNumbers(`${name}.f64`)),
  };
}

function readNumbers(file: string): ArrayBuffer {
  const bytes = readFileSync(join(folder, file));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
