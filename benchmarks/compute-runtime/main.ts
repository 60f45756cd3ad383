// What the run time of compute costs beside what it replaces: `node --conditions=heed-source benchmarks/compute-runtime/main.ts`.
import { Worker } from 'node:worker_threads';
import {
  allocateTensor,
  compile,
  createArena,
  createOptimizer,
  createRuntime,
  encodeModel,
  matmul,
  parameter,
  tanh,
  type OnnxModel,
  type Runtime,
  type SharedTensor,
} from '@heed/compute';
import * as ort from 'onnxruntime-node';
import { median, printResult, readOptions } from '../harness.ts';

const options = readOptions(process.argv.slice(2));
const rounds = options.quick ? 15 : 40;

/** c = a + b: nothing but memory. */
function sumModel(n: number): OnnxModel {
  const value = (name: string) => ({ name, dataType: 'float32' as const, shape: [n] });
  const node = { opType: 'Add', domain: '', name: 'add', inputs: ['a', 'b'], outputs: ['c'], attributes: [] };
  return {
    irVersion: 8,
    opsets: [{ domain: '', version: 17 }],
    producer: { name: 'heed', version: '' },
    graph: {
      name: 'sum',
      nodes: [node],
      inputs: ['a', 'b'].map(value),
      outputs: [value('c')],
      initializers: [],
      valueInfo: [],
    },
    metadata: {},
  };
}

async function timeMs(job: () => Promise<unknown> | void): Promise<number> {
  const start = performance.now();
  await job();
  return performance.now() - start;
}

/** Medians of jobs that take turns, so that a slow moment hits all of them. */
async function interleaved<Name extends string>(
  jobs: Readonly<Record<Name, () => Promise<unknown> | void>>,
  count: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(jobs) as Name[];
  const times = names.map((): number[] => []);
  for (const name of names) await jobs[name]();
  for (let round = 0; round < count; round += 1)
    for (const [index, name] of names.entries()) times[index]?.push(await timeMs(jobs[name]));
  return Object.fromEntries(names.map((name, index) => [name, median(times[index] ?? [])])) as Record<Name, number>;
}

const repeat = (count: number, job: () => Promise<unknown>) => async (): Promise<void> => {
  for (let index = 0; index < count; index += 1) await job();
};

/** One step with outputs of n floats: through the run time, and through the public API with outputs allocated ahead. */
async function measureCall(runtime: Runtime, n: number, callsPerRound: number): Promise<Record<string, number>> {
  const program = await runtime.load(sumModel(n));
  const session = await ort.InferenceSession.create(encodeModel(sumModel(n)), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const tensor = (): ort.Tensor => new ort.Tensor('float32', new Float32Array(n), [n]);
  const [a, b, c] = [tensor(), tensor(), tensor()];
  const inputs = { a: program.inputs.a?.data as Float32Array, b: program.inputs.b?.data as Float32Array };
  const [stepsA, stepsC] = [
    allocateTensor('float32', [callsPerRound, n]),
    allocateTensor('float32', [callsPerRound, n]),
  ];
  const times = await interleaved(
    {
      binding: repeat(callsPerRound, () => session.run({ a, b }, { c })),
      runtime: repeat(callsPerRound, () => program.run(inputs)),
      steps: () => program.runSteps({ steps: callsPerRound, inputs: { a: stepsA }, outputs: { c: stepsC } }),
    },
    rounds,
  );
  await program.close();
  await session.release();
  return Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, (ms * 1000) / callsPerRound]));
}

const echo = `
const { parentPort, workerData: words } = require('node:worker_threads');
parentPort.on('message', (message) => {
  if (message !== 'sleep') return parentPort.postMessage(message);
  for (let seen = 0; ; ) {
    Atomics.wait(words, 0, seen);
    seen = Atomics.load(words, 0);
    Atomics.store(words, 1, seen);
    Atomics.notify(words, 1);
  }
});`;

/** There and back between two threads that do nothing, in µs: by messages, and by words that both wait on. */
async function measureWaking(): Promise<Record<'messages' | 'words', number>> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const [byMessage, byWords] = [0, 1].map(() => new Worker(echo, { eval: true, workerData: words })) as [
    Worker,
    Worker,
  ];
  byWords.postMessage('sleep');
  const count = 500;
  let sent = 0;
  const times = await interleaved(
    {
      messages: repeat(count, () => {
        const { promise, resolve } = Promise.withResolvers<unknown>();
        byMessage.once('message', resolve);
        byMessage.postMessage(1);
        return promise;
      }),
      words: repeat(count, async () => {
        const waited = Atomics.waitAsync(words, 1, sent);
        sent += 1;
        Atomics.store(words, 0, sent);
        Atomics.notify(words, 0);
        await waited.value;
      }),
    },
    rounds,
  );
  await Promise.all([byMessage.terminate(), byWords.terminate()]);
  return { messages: (times.messages * 1000) / count, words: (times.words * 1000) / count };
}

function floats({ data }: SharedTensor): Float32Array {
  return data as Float32Array;
}

/** AdamW as one would write it in JavaScript for speed: one pass, intermediate numbers in double precision. */
function tightAdam(
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  learningRate: number,
  step: number,
): void {
  const stepSize = learningRate / (1 - 0.9 ** step);
  const rootScale = 1 / Math.sqrt(1 - 0.999 ** step);
  const keep = 1 - learningRate * 0.01;
  for (let index = 0; index < p.length; index += 1) {
    const gradient = g[index] as number;
    const first = 0.9 * (m[index] as number) + 0.1 * gradient;
    const second = 0.999 * (v[index] as number) + 0.001 * gradient * gradient;
    m[index] = first;
    v[index] = second;
    p[index] = (p[index] as number) * keep - (stepSize * first) / (Math.sqrt(second) * rootScale + 1e-8);
  }
}

async function measureOptimizer(n: number): Promise<Record<'loop' | 'kernel', number>> {
  const arena = createArena(n * 16 + 4096);
  const take = (): SharedTensor => arena.allocate('float32', [n]);
  const slot = { parameter: take(), gradient: take(), state: [take(), take()] };
  const gradient = slot.gradient.data as Float32Array;
  for (let index = 0; index < n; index += 1) gradient[index] = Math.sin(index);
  const rule = { kind: 'adam', weightDecay: 0.01 } as const;
  const optimizer = createOptimizer(arena.memory, rule, [slot]);
  const [first, second] = slot.state.map(floats) as [Float32Array, Float32Array];
  const step = { learningRate: 1e-3, step: 10 };
  return interleaved(
    {
      loop: () => tightAdam(floats(slot.parameter), gradient, first, second, step.learningRate, step.step),
      kernel: () => void optimizer.step(step),
    },
    n > 1e6 ? Math.ceil(rounds / 2) : rounds * 4,
  );
}

/** A run of a program at two threads, in ms: of one alone, and of two that take turns, as critics and actor do. */
async function measureTurns(idleSpinning: boolean): Promise<Record<'alone' | 'inTurns', number>> {
  const two = createRuntime({ threads: 2, idleSpinning });
  const x = parameter('x', [256, 256]);
  const product = [1, 2, 3, 4].reduce((y) => tanh(matmul(y, x)), x);
  const { model } = compile({ inputs: { x }, outputs: { product } });
  const [first, second] = [await two.load(model), await two.load(model)];
  const data = { x: new Float32Array(256 * 256).fill(1e-3) };
  const times = await interleaved(
    {
      alone: repeat(20, () => first.run(data)),
      inTurns: repeat(10, async () => {
        await first.run(data);
        await second.run(data);
      }),
    },
    rounds,
  );
  await two.close();
  return { alone: times.alone / 20, inTurns: times.inTurns / 20 };
}

const runtime = createRuntime();
const small = await measureCall(runtime, 16, 400);
const middle = await measureCall(runtime, 72_000, 40);
const large = await measureCall(runtime, 2_000_000, 2);
const waking = await measureWaking();
const [smallAdam, largeAdam] = [await measureOptimizer(72_000), await measureOptimizer(11_000_000)];
await runtime.close();
const [spinning, resting] = [await measureTurns(true), await measureTurns(false)];

const withPrefix = (prefix: string, figures: Readonly<Record<string, number>>, unit: string): [string, number][] =>
  Object.entries(figures).map(([name, value]) => [`${prefix}.${name}.${unit}`, value]);
const ratio = (numbers: Readonly<Record<string, number>>, slow: string, fast: string): number =>
  (numbers[slow] ?? NaN) / (numbers[fast] ?? NaN);

printResult(
  {
    name: 'compute-runtime',
    figures: Object.fromEntries([
      ...withPrefix('outputs64Bytes', small, 'us'),
      ...withPrefix('outputs288kB', middle, 'us'),
      ...withPrefix('outputs8MB', large, 'us'),
      ...withPrefix('waking', waking, 'us'),
      ...withPrefix('adam72k', smallAdam, 'ms'),
      ...withPrefix('adam11M', largeAdam, 'ms'),
      ...withPrefix('spinning', spinning, 'ms'),
      ...withPrefix('resting', resting, 'ms'),
    ]),
    ratios: {
      callSmall: ratio(small, 'binding', 'runtime'),
      callSmallInSteps: ratio(small, 'binding', 'steps'),
      noCopy288kB: ratio(middle, 'binding', 'runtime'),
      noCopy8MB: ratio(large, 'binding', 'runtime'),
      waking: ratio(waking, 'messages', 'words'),
      adam72k: ratio(smallAdam, 'loop', 'kernel'),
      adam11M: ratio(largeAdam, 'loop', 'kernel'),
      restingAlone: spinning.alone / resting.alone,
      restingInTurns: spinning.inTurns / resting.inTurns,
    },
    peers: { 'onnxruntime-node': '1.30.0, public API, outputs allocated ahead' },
    skipped: {},
  },
  options,
);
