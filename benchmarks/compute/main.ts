// Training by Heed beside PyTorch, step for step: `npm run bench:compute -- [--quick] [--json]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRuntime, type Runtime } from '@heed/compute';
import { findPeerPython, printResult, readOptions } from '../harness.ts';
import { contest, type ContestResult, type Side } from './contest.ts';
import { startPeer, type PeerProcess } from './peer-process.ts';
import { profileModel } from './profile.ts';
import { workloads } from './suite.ts';
import { measureTensorFlow } from './tensorflow.ts';
import type { Workload } from './workload.ts';

const options = readOptions(process.argv.slice(2));
const { quick } = options;
// A quick run must end within 50 s: what has not begun by then is left out, and named.
const quickDeadlinesMs = { compiling: 22_000, beginning: 32_000 };

const figures: Record<string, number> = {};
const ratios: Record<string, number> = {};
const peers: Record<string, string> = {};
const skipped: Record<string, string> = {};
const folder = mkdtempSync(join(tmpdir(), 'heed-bench-compute-'));

try {
  const found = findPeerPython('PyTorch with the libraries it insists on, about 5.6 GB on disk', 'torch');
  if ('skipped' in found) skipped['torch'] = found.skipped;
  const start = performance.now();
  const isPast = (deadlineMs: number): boolean => quick && performance.now() - start > deadlineMs;
  for (const threads of [1, 2]) {
    const runtime = createRuntime({ threads });
    const peer = 'python' in found ? await startTorch(found.python, threads) : null;
    try {
      for (const make of workloads) {
        const workload = make();
        const label = threads === 1 ? workload.name : `${workload.name}2Threads`;
        if (isPast(quickDeadlinesMs.beginning)) {
          skipped[label] = 'a quick run has no time left for it';
          continue;
        }
        const compiles = !quick || (threads === 1 && !isPast(quickDeadlinesMs.compiling));
        if (peer !== null && !compiles) skipped[`torch.compile ${label}`] = 'a quick run has no time for it';
        await measure(label, workload, threads, {
          runtime,
          peer,
          sides: compiles ? ['eager', 'compiled'] : ['eager'],
        });
      }
    } finally {
      await runtime.close();
      await peer?.close();
    }
  }
  const tensorFlow = await measureTensorFlow(quick);
  if ('skipped' in tensorFlow) skipped['@tensorflow/tfjs'] = tensorFlow.skipped;
  else {
    peers['@tensorflow/tfjs'] = tensorFlow.version;
    figures['mlp.tensorFlowMs'] = tensorFlow.ms;
    ratios['mlpTensorFlow'] = tensorFlow.ms / (figures['mlp.heedMs'] ?? NaN);
  }
  figures['loadAverage'] = loadavg()[0] ?? NaN;
  printResult({ name: 'compute', figures, ratios, peers, skipped }, options);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function startTorch(python: string, threads: number): Promise<PeerProcess> {
  const peer = await startPeer(python, 'torch_compute.py', [String(threads)], {
    TORCHINDUCTOR_CACHE_DIR: join(import.meta.dirname, '..', '..', '.cache', 'torch-inductor'),
  });
  peers['torch'] = String(peer.greeting['version']);
  return peer;
}

interface Contest {
  readonly runtime: Runtime;
  readonly peer: PeerProcess | null;
  readonly sides: readonly Side[];
}

async function measure(label: string, workload: Workload, threads: number, { runtime, peer, sides }: Contest) {
  const slow = workload.name.startsWith('decoder') || workload.name === 'unet';
  const result = await contest(workload, runtime, peer, {
    file: join(folder, 'weights.safetensors'),
    sides,
    rounds: quick ? (slow ? 3 : 5) : 15,
    blockMs: quick ? 60 : 200,
  });
  for (const [side, reason] of Object.entries(result.failed)) skipped[`torch ${side} ${label}`] = reason;
  note(label, result);
  if (threads > 1) return;
  let [inside, products] = [0, 0];
  for (const { model, runs } of result.models) {
    const profile = await profileModel(model, threads, quick ? 1 : 9);
    inside += (profile.runMs * runs) / workload.steps;
    products += (profile.productsMs * runs) / workload.steps;
  }
  figures[`${label}.insideOnnxRuntimeMs`] = inside;
  figures[`${label}.productsMs`] = products;
}

function note(label: string, { timings, heedPeakMB, peerPeakMB }: ContestResult): void {
  const { heed, ...others } = timings;
  for (const [side, { ms }] of Object.entries(timings)) figures[`${label}.${side}Ms`] = ms;
  figures[`${label}.heedPeakMB`] = heedPeakMB;
  if (heed === undefined || Object.keys(others).length === 0) return;
  figures[`${label}.torchPeakMB`] = peerPeakMB;
  ratios[label] = Math.min(...Object.values(others).map(({ ms }) => ms)) / heed.ms;
  figures[`${label}.processorRatio`] =
    Math.min(...Object.values(others).map(({ processorMs }) => processorMs)) / heed.processorMs;
}
