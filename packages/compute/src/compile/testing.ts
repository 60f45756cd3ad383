import * as ort from 'onnxruntime-node';
import type { HostArray } from '../graph/rule.ts';
import { typedElements, type Feeds } from '../graph/testing.ts';
import type { Tensor } from '../graph/tensor.ts';
import { encodeModel } from '../onnx/encode.ts';
import { hostArray } from '../reference/evaluate.ts';
import { compile, type CompileOptions } from './compile.ts';

/** Compiles expressions with all passes and computes them by ONNX Runtime. */
export async function runCompiled(
  outputs: readonly Tensor[],
  feeds: Feeds,
  options: Partial<CompileOptions> = {},
): Promise<HostArray[]> {
  const { model } = compile({ inputs: [...feeds.keys()], outputs: { out: outputs }, options });
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const given = Object.fromEntries(
    [...feeds.values()].map(({ dtype, shape, data }, index) => [
      String(index),
      new ort.Tensor(dtype as 'float32', typedElements(dtype, data) as Float32Array, [...shape]),
    ]),
  );
  const results = await session.run(given);
  await session.release();
  return outputs.map((tensor, index) => {
    const result = results[`out.${index}`] as ort.Tensor;
    return hostArray(result.dims, Array.from(result.data as unknown as ArrayLike<number>, Number), tensor.dtype);
  });
}
