import type { Mlp } from '../math/index.ts';

/**
 * A network as an ONNX model: `features` [rows, width] of float32 to `prediction` [rows, 1] of float32, a sum (squared
 * loss) or a probability (logistic).
 *
 * @param loss what the network was fitted by.
 * @example
 * const network = { scales: Float32Array.of(1), layers: [{ weight: Float32Array.of(2), bias: Float32Array.of(1) }] };
 * const bytes = await mlpToOnnx(network, 'squared');
 */
export async function mlpToOnnx({ scales, layers }: Mlp, loss: 'squared' | 'logistic'): Promise<Uint8Array> {
  const { applyMlp, compile, constant, encodeModel, mul, parameter, sigmoid } = await import('@heed/compute');
  const width = scales.length;
  const features = parameter('features', ['rows', width]);
  const constants = layers.map(({ weight, bias }) => ({
    weight: constant(weight, { shape: [weight.length / bias.length, bias.length] }),
    bias: constant(bias, { shape: [bias.length] }),
  }));
  const sum = applyMlp({ layers: constants }, mul(features, constant(scales, { shape: [width] })));
  const { model } = compile({
    inputs: { features },
    outputs: { prediction: loss === 'logistic' ? sigmoid(sum) : sum },
  });
  return encodeModel(model);
}
