import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { lower } from '../compile/lower.ts';
import { gradients } from '../grad/reverse.ts';
import { encodeModel } from '../onnx/encode.ts';
import { evaluate, hostArray } from '../index.ts';
import { add, mul } from './build/elementwise.ts';
import { sum } from './build/reductions.ts';
import { constant, parameter, scalar } from './build/sources.ts';
import { concrete } from './dimension.ts';
import { isFloating, type DType } from './dtype.ts';
import type { EmitOptions, HostArray } from './rule.ts';
import type { Tensor } from './tensor.ts';

type Typed = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint32Array | Uint8Array;

const typedOf: Partial<Record<DType, (data: Float64Array) => Typed>> = {
  float32: (data) => Float32Array.from(data),
  float64: (data) => data,
  int32: (data) => Int32Array.from(data),
  int64: (data) => BigInt64Array.from(Array.from(data, BigInt)),
  uint32: (data) => Uint32Array.from(data),
  bool: (data) => Uint8Array.from(data),
};

/** Elements in the array that ONNX Runtime takes. */
export const typedElements = (dtype: DType, data: Float64Array): Typed =>
  (typedOf[dtype] as (data: Float64Array) => Typed)(data);

export type Feeds = ReadonlyMap<Tensor, HostArray>;

/** Computes expressions by ONNX Runtime, straight from the lowering. */
export async function runOnnx(
  outputs: readonly Tensor[],
  feeds: Feeds,
  options: Partial<EmitOptions> = {},
): Promise<HostArray[]> {
  const inputs = [...feeds.keys()].map((tensor, index) => ({ path: `in${index}`, tensor }));
  const named = outputs.map((tensor, index) => ({ path: `out${index}`, tensor }));
  const session = await ort.InferenceSession.create(encodeModel(lower(inputs, named, options)), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const given: Record<string, ort.Tensor> = {};
  for (const [index, { dtype, shape, data }] of [...feeds.values()].entries()) {
    const typed = typedElements(dtype, data) as Float32Array;
    given[`in${index}`] = new ort.Tensor(dtype as 'float32', typed, [...shape]);
  }
  const results = await session.run(given);
  await session.release();
  return named.map(({ path, tensor }) => {
    const result = results[path] as ort.Tensor;
    return hostArray(result.dims, Array.from(result.data as unknown as ArrayLike<number>, Number), tensor.dtype);
  });
}

/** Fails unless all elements agree to a tolerance, relative above 1 and absolute below. */
export function expectClose(actual: HostArray, expected: HostArray, tolerance: number, what = ''): void {
  expect({ what, shape: actual.shape }).toEqual({ what, shape: expected.shape });
  let worst = 0;
  let at = -1;
  for (const [index, value] of expected.data.entries()) {
    const got = actual.data[index] ?? Number.NaN;
    if (Object.is(got, value) || got === value) continue;
    const error = Math.abs(got - value) / Math.max(1, Math.abs(value));
    if (!(error <= worst)) {
      worst = Number.isNaN(error) ? Infinity : error;
      at = index;
    }
  }
  if (worst <= tolerance) return;
  throw new Error(`${what}: element ${at} is ${actual.data[at]}, expected ${expected.data[at]}, off by ${worst}`);
}

/** Numbers without pattern, the same every time: sines of a fixed progression. */
export const waves = (size: number, phase: number): number[] =>
  Array.from({ length: size }, (_, index) => Math.sin(12.9898 * (index + 1) + 4.1414 * phase) * 1.7);

export const fill = (
  shape: readonly number[],
  phase: number,
  change: (value: number) => number = (v) => v,
): HostArray =>
  hostArray(
    shape,
    waves(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ).map(change),
  );

/** A scalar that depends on every element of every floating output, each with a weight of its own. */
export function mixture(outputs: readonly Tensor[]): Tensor {
  const parts = outputs
    .filter((output) => isFloating(output.dtype))
    .map((output, index) => {
      const shape = concrete(output.shape);
      const weights = constant(
        waves(
          shape.reduce((a, b) => a * b, 1),
          index + 7,
        ),
        { shape, dtype: output.dtype },
      );
      return sum(mul(output, weights));
    });
  return parts.reduce((total, part) => add(total, part), scalar(0));
}

/** The gradient of a scalar by central differences, in double precision. */
function centralDifferences(loss: Tensor, feeds: Feeds, target: Tensor, step = 1e-5): HostArray {
  const base = feeds.get(target) as HostArray;
  const at = (index: number, shift: number): number => {
    const data = base.data.slice();
    data[index] = (data[index] ?? 0) + shift;
    const moved = new Map(feeds).set(target, { ...base, data });
    return evaluate([loss], moved)[0]?.data[0] ?? Number.NaN;
  };
  return { ...base, data: base.data.map((_, index) => (at(index, step) - at(index, -step)) / (2 * step)) };
}

export interface OpCase {
  readonly name: string;
  readonly inputs: readonly HostArray[];
  readonly build: (inputs: readonly Tensor[]) => readonly Tensor[];
  /** Left out where a value jumps or has no derivative. */
  readonly differentiable?: false;
}

export interface PreparedCase {
  readonly inputs: readonly Tensor[];
  readonly feeds: Feeds;
  readonly outputs: readonly Tensor[];
}

export function prepare(given: OpCase): PreparedCase {
  const inputs = given.inputs.map((array, index) => parameter(`p${index}`, array.shape, array.dtype));
  const feeds = new Map(inputs.map((tensor, index) => [tensor, given.inputs[index] as HostArray]));
  return { inputs, feeds, outputs: given.build(inputs) };
}

/** First and second order: each gradient against central differences of what it is the gradient of. */
export function expectGradients({ inputs, feeds, outputs }: PreparedCase, orders: 1 | 2): void {
  const floating = inputs.filter((input) => isFloating(input.dtype));
  const loss = mixture(outputs);
  const slopes = gradients(loss, floating);
  for (const [index, target] of floating.entries()) {
    const [slope] = evaluate([slopes[index] as Tensor], feeds);
    expectClose(slope as HostArray, centralDifferences(loss, feeds, target), 1e-6, `gradient ${index}`);
  }
  if (orders === 1) return;
  const second = mixture(slopes);
  for (const [index, target] of floating.entries()) {
    const [slope] = evaluate(gradients(second, [target]), feeds);
    expectClose(slope as HostArray, centralDifferences(second, feeds, target), 1e-6, `second gradient ${index}`);
  }
}
