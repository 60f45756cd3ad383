import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeModel } from '../onnx/encode.ts';
import { floatTensor, linearModel, node } from '../onnx/testing-models.ts';
import type { OnnxModel } from '../onnx/types.ts';
import { ComputeRuntimeError } from './errors.ts';
import { createRuntime } from './runtime.ts';
import { allocateTensor, createArena, type SharedTensor } from './shared-tensor.ts';

const runtime = createRuntime();
afterAll(() => runtime.close());

/** loss = Σ (p - target)², gradient = 2(p - target); n elements. */
function bowl(n: number): OnnxModel {
  return {
    ...linearModel,
    graph: {
      name: 'bowl',
      nodes: [
        node('Sub', ['p', 'target'], ['difference']),
        node('Mul', ['difference', 'two'], ['gradient']),
        node('ReduceSumSquare', ['difference'], ['loss'], [{ kind: 'int', name: 'keepdims', value: 0 }]),
      ],
      inputs: ['p', 'target'].map((name) => ({ name, dataType: 'float32', shape: [n] })),
      outputs: [
        { name: 'gradient', dataType: 'float32', shape: [n] },
        { name: 'loss', dataType: 'float32', shape: [] },
      ],
      initializers: [floatTensor('two', [], [2])],
      valueInfo: [],
    },
  };
}

function fill(tensor: SharedTensor, values: readonly number[] | number): SharedTensor {
  const data = tensor.data as Float32Array;
  if (typeof values === 'number') data.fill(values);
  else data.set(values);
  return tensor;
}

test('runs a model with its batch size bound, from bytes and from data', async () => {
  for (const model of [linearModel, encodeModel(linearModel)]) {
    const program = await runtime.load(model, { dimensions: { B: 2 } });
    const { y } = await program.run({ x: new Float32Array([1, 1, 0, 2]) });
    expect([...(y ?? [])]).toStrictEqual([5.5, 6.5, 9, 8.5, 9.5, 12]);
    await program.close();
  }
});

test('reads what is written into its inputs, and writes into the same outputs', async () => {
  const program = await runtime.load(linearModel, { dimensions: { B: 1 } });
  const x = program.inputs.x?.data as Float32Array;
  x.set([1, 0]);
  const first = await program.run({ x });
  expect([...(first.y ?? [])]).toStrictEqual([1.5, 1.5, 3]);
  x.set([0, 1]);
  const second = await program.run({ x });
  expect(second.y).toBe(first.y);
  expect(second.y).toBe(program.outputs.y?.data);
  expect([...(first.y ?? [])]).toStrictEqual([4.5, 4.5, 6]);
  await program.close();
});

test('an empty batch gives an empty output', async () => {
  const program = await runtime.load(linearModel, { dimensions: { B: 0 } });
  expect((await program.run({ x: new Float32Array() })).y).toHaveLength(0);
  await program.close();
});

// 80,000 floats are beyond the size from which copies are avoided, 8 are below.
test.each([8, 80_000])('bound outputs of %i elements are written in place, and memory is shared', async (n) => {
  const gradient = allocateTensor('float32', [n]);
  const p = fill(allocateTensor('float32', [n]), 3);
  const program = await runtime.load(bowl(n), { bindings: { gradient, p } });
  const other = await runtime.load(bowl(n), { bindings: { p }, outputs: ['loss'] });
  const target = new Float32Array(n).fill(1);
  const { loss } = await program.run({ target });
  expect(loss?.[0]).toBe(4 * n);
  expect(gradient.data.every((value) => value === 4)).toBe(true);
  fill(p, 2);
  const { loss: later, ...rest } = await other.run({ target });
  expect(later?.[0]).toBe(n);
  expect(rest).toStrictEqual({});
  await Promise.all([program.close(), other.close()]);
});

function descent(n: number): {
  arena: ReturnType<typeof createArena>;
  slot: Record<'parameter' | 'gradient' | 'velocity', SharedTensor>;
} {
  const arena = createArena(n * 12 + 4096);
  const take = (): SharedTensor => arena.allocate('float32', [n]);
  return { arena, slot: { parameter: fill(take(), 8), gradient: take(), velocity: take() } };
}

test.each([4, 80_000])('an update follows every run, with %i parameters', async (n) => {
  const { arena, slot } = descent(n);
  const { parameter, gradient, velocity } = slot;
  const program = await runtime.load(bowl(n), {
    bindings: { p: parameter, gradient },
    update: {
      memory: arena.memory,
      rule: { kind: 'sgd' },
      slots: [{ parameter, gradient, state: [velocity] }],
      learningRate: 0.25,
      maxGradientNorm: Infinity,
    },
  });
  const target = new Float32Array(n);
  const losses: number[] = [];
  for (let step = 0; step < 3; step += 1) losses.push(Number((await program.run({ target })).loss?.[0]) / n);
  expect(losses).toStrictEqual([64, 16, 4]);
  expect(parameter.data[n - 1]).toBe(1);
  expect(program.progress).toStrictEqual({ step: 4, gradientNorm: Math.sqrt(n * 16) });
  program.configure({ learningRate: 0 });
  await program.run({ target });
  expect(parameter.data[0]).toBe(1);
  await program.close();
});

test('several steps in one call do what single runs do', async () => {
  const n = 4;
  const { arena, slot } = descent(n);
  const { parameter, gradient, velocity } = slot;
  const program = await runtime.load(bowl(n), {
    bindings: { p: parameter, gradient },
    update: {
      memory: arena.memory,
      rule: { kind: 'sgd' },
      slots: [{ parameter, gradient, state: [velocity] }],
      learningRate: 9,
    },
  });
  const target = fill(allocateTensor('float32', [3, n]), [0, 0, 0, 0, 4, 4, 4, 4, 0, 0, 0, 0]);
  const loss = allocateTensor('float32', [3]);
  await program.runSteps({
    steps: 3,
    inputs: { target },
    outputs: { loss },
    learningRates: Float64Array.of(0.25, 0.5, 0),
  });
  // 8 → 4 (towards 0 by half) → 4 (there already) → 4 (rate 0).
  expect([...loss.data]).toStrictEqual([4 * 64, 0, 4 * 16]);
  expect([...parameter.data]).toStrictEqual([4, 4, 4, 4]);
  expect(program.progress.step).toBe(4);
  const { loss: single } = await program.run({ target: new Float32Array(n) });
  expect(single?.[0]).toBe(64);
  expect([...loss.data]).toStrictEqual([4 * 64, 0, 4 * 16]);
  await program.close();
});

test('many runs at once follow one another, each with its own input', async () => {
  const program = await runtime.load(linearModel, { dimensions: { B: 1 } });
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      program.runAndRead({ x: new Float32Array([index, 0]) }, ({ y }) => y?.[0]),
    ),
  );
  expect(results).toStrictEqual(Array.from({ length: 50 }, (_, index) => index + 0.5));
  await program.close();
});

test('the same inputs give the same bits in every worker', async () => {
  const two = createRuntime({ workers: 2 });
  const programs = await Promise.all([0, 1].map((worker) => two.load(bowl(5000), { worker, outputs: ['loss'] })));
  const p = Float32Array.from({ length: 5000 }, (_, index) => Math.sin(index));
  const target = Float32Array.from({ length: 5000 }, (_, index) => Math.cos(index * 3));
  const losses = await Promise.all(programs.map(async (program) => (await program.run({ p, target })).loss?.[0]));
  expect(losses[0]).toBe(losses[1]);
  expect(losses[0]).toBeGreaterThan(0);
  await two.close();
});

test('wrong inputs are refused before the call, by name and shape', async () => {
  const program = await runtime.load(linearModel, { name: 'policy', dimensions: { B: 2 } });
  const expected = 'cannot run policy, as x must be float32 [2, 2]';
  await expect(program.run({})).rejects.toThrow('cannot run policy, as x must be given, float32 [2, 2]: it is missing');
  await expect(program.run({ x: new Float64Array(4) })).rejects.toThrow(`${expected}: it is Float64Array`);
  await expect(program.run({ x: new Float32Array(3) })).rejects.toThrow(`${expected}, 4 elements: it has 3`);
  await expect(program.run({ x: { shape: [4, 1], data: new Float32Array(4) } })).rejects.toThrow(
    `${expected}: it is float32 [4, 1]`,
  );
  await expect(program.run({ x: new Float32Array(4), z: new Float32Array(1) })).rejects.toThrow('it must know z');
  await expect(program.runSteps({ steps: 0 })).rejects.toThrow('a whole number from 1');
  await expect(program.runSteps({ steps: 2, inputs: { x: allocateTensor('float32', [2, 2]) } })).rejects.toThrow(
    'x must be float32 [2, 2, 2]: it is float32 [2, 2]',
  );
  expect(() => program.configure({ learningRate: 1 })).toThrow('it must have an update');
  await program.close();
  await expect(program.run({ x: new Float32Array(4) })).rejects.toThrow('it must be open');
});

test('models that cannot be loaded are refused with the reason', async () => {
  await expect(runtime.load(linearModel, { name: 'm' })).rejects.toThrow(
    'cannot load m, as every size of x must be bound: [B, 2] has B',
  );
  await expect(runtime.load(Uint8Array.of(1, 2, 3), { name: 'm' })).rejects.toThrow(ComputeRuntimeError);
  const b = allocateTensor('float32', [7]);
  await expect(runtime.load(linearModel, { name: 'm', dimensions: { B: 1 }, bindings: { x: b } })).rejects.toThrow(
    'cannot load m, as x must be bound to float32 [1, 2]: it is float32 [7]',
  );
  await expect(runtime.load(linearModel, { name: 'm', dimensions: { B: 1 }, bindings: { q: b } })).rejects.toThrow(
    'to bind it',
  );
  await expect(runtime.load(linearModel, { name: 'm', outputs: ['nothing'] })).rejects.toThrow(
    'it must have the output nothing',
  );
  const broken = { ...linearModel, graph: { ...linearModel.graph, nodes: [node('NoSuchOperator', ['x'], ['y'])] } };
  await expect(runtime.load(broken, { name: 'm', dimensions: { B: 1 } })).rejects.toThrow(
    /cannot load m, .*NoSuchOperator/,
  );
});

test('a failure inside an operator names the program and its inputs, and the worker goes on', async () => {
  const model: OnnxModel = {
    ...linearModel,
    graph: {
      ...linearModel.graph,
      nodes: [node('Gather', ['w', 'index'], ['y'])],
      inputs: [{ name: 'index', dataType: 'int32', shape: [1] }],
      outputs: [{ name: 'y', dataType: 'float32', shape: [1, 3] }],
      valueInfo: [],
    },
  };
  const program = await runtime.load(model, { name: 'lookup' });
  const failing = program.run({ index: Int32Array.of(9) });
  await expect(failing).rejects.toThrow(/cannot run lookup, .*index int32 \[1\]/s);
  await expect(failing).rejects.toHaveProperty('code', 'onnx_runtime');
  expect([...((await program.run({ index: Int32Array.of(1) })).y ?? [])]).toStrictEqual([4, 5, 6]);
  await program.close();
});

test('after close, nothing runs and nothing hangs', async () => {
  const short = createRuntime();
  const program = await short.load(linearModel, { dimensions: { B: 1 } });
  const waiting = program.run({ x: new Float32Array(2) });
  const outcome = waiting.catch((error: unknown) => error);
  await short.close();
  expect(await outcome).toHaveProperty('code', 'closed');
  await expect(program.run({ x: new Float32Array(2) })).rejects.toHaveProperty('code', 'closed');
  await program.close();
  expect(() => createRuntime({ threads: 0 })).toThrow('its threads must be a whole number from 1');
});

test('a process ends by itself while its workers sleep', () => {
  const script = `
    import { createRuntime } from ${JSON.stringify(join(import.meta.dirname, 'runtime.ts'))};
    import { linearModel } from ${JSON.stringify(join(import.meta.dirname, '../onnx/testing-models.ts'))};
    const program = await createRuntime().load(linearModel, { dimensions: { B: 1 } });
    console.log((await program.run({ x: new Float32Array(2) })).y.join());`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect({ status, stdout }).toStrictEqual({ status: 0, stdout: '0.5,-0.5,0\n' });
});
