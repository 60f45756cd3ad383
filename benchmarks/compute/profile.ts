import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, type OnnxModel } from '@heed/compute';
import * as ort from 'onnxruntime-node';
import { median } from '../harness.ts';

/** Milliseconds of one run, by ONNX Runtime's own profiler. */
export interface Profile {
  /** From the first node to the last. */
  readonly runMs: number;
  /** Products of matrices and convolutions alone: what no compiler of ours can save. */
  readonly productsMs: number;
  /** By the type of node, the longest first. */
  readonly byTypeMs: ReadonlyMap<string, number>;
}

interface ProfilerEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

const productTypes = new Set(['Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm', 'Conv', 'FusedConv', 'ConvTranspose']);
const warmUpRuns = 2;

const arrayOf = { float32: Float32Array, int64: BigInt64Array } as const;

/** Inputs of zeros: what a product costs does not depend on the numbers, but for subnormal ones. */
function zeroFeeds(model: OnnxModel): Record<string, ort.Tensor> {
  return Object.fromEntries(
    model.graph.inputs.map(({ name, dataType, shape }) => {
      const dims = (shape ?? []).map(Number);
      const count = dims.reduce((product, size) => product * size, 1);
      const type = dataType === 'int64' ? 'int64' : 'float32';
      return [name, new ort.Tensor(type, new arrayOf[type](count) as Float32Array, dims)];
    }),
  );
}

/** Each run ends with an event of the whole run, after those of its nodes. */
function summarise(events: readonly ProfilerEvent[]): Profile {
  const runs: { total: number; byType: Map<string, number> }[] = [];
  let byType = new Map<string, number>();
  for (const { cat, name, dur, args } of events) {
    const type = args?.op_name;
    if (cat === 'Node' && name.endsWith('_kernel_time') && type !== undefined)
      byType.set(type, (byType.get(type) ?? 0) + dur / 1000);
    if (name !== 'model_run') continue;
    runs.push({ total: dur / 1000, byType });
    byType = new Map();
  }
  const kept = runs.slice(warmUpRuns);
  const types = [...new Set(kept.flatMap((run) => [...run.byType.keys()]))];
  const medians = types.map((type): [string, number] => [type, median(kept.map((run) => run.byType.get(type) ?? 0))]);
  return {
    runMs: median(kept.map((run) => run.total)),
    productsMs: medians.reduce((sum, [type, ms]) => sum + (productTypes.has(type) ? ms : 0), 0),
    byTypeMs: new Map(medians.toSorted((a, b) => b[1] - a[1])),
  };
}

/** Runs a model by itself under the profiler, which adds a microsecond or two for each node. */
export async function profileModel(model: OnnxModel, threads: number, runs: number): Promise<Profile> {
  const folder = mkdtempSync(join(tmpdir(), 'heed-profile-'));
  try {
    const session = await ort.InferenceSession.create(encodeModel(model), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    const feeds = zeroFeeds(model);
    for (let run = 0; run < warmUpRuns + runs; run += 1) await session.run(feeds);
    session.endProfiling();
    const [file = ''] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfilerEvent[];
    await session.release();
    return summarise(events);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
