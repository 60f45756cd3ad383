import {
  applyGru,
  applyLinear,
  applyMlp,
  applyUnet,
  bits,
  decoderLoss,
  foldIn,
  initDecoder,
  initGru,
  initLinear,
  initMlp,
  initUnet,
  key,
  mean,
  normals,
  square,
  sub,
  uniforms,
  type FileTensor,
  type KeyWords,
  type Tensor,
} from '@heed/compute';
import { supervised } from './supervised.ts';
import { adam, adamW, type Workload } from './workload.ts';

const seed = key(2026);

/** Standard normal numbers. */
export const noise = (from: KeyWords, shape: readonly number[]): FileTensor => ({
  dataType: 'float32',
  shape,
  data: normals(
    from,
    shape.reduce((product, size) => product * size, 1),
  ),
});

const meanSquare = (a: Tensor, b: Tensor | undefined): Tensor => mean(square(sub(a, b as Tensor)));

/** Regression with two hidden layers of 256. */
export function mlpWorkload(name: string, batch: number, steps: number): Workload {
  const widths = [23, 256, 256, 1];
  return supervised({
    name,
    peer: 'mlp',
    config: { widths },
    values: initMlp(foldIn(seed, 1), widths),
    data: { x: noise(foldIn(seed, 2), [steps, batch, 23]), y: noise(foldIn(seed, 3), [steps, batch, 1]) },
    rule: adam,
    loss: (params, { x, y }) => meanSquare(applyMlp(params, x as Tensor), y),
  });
}

/** A GRU over 64 steps, a number being told after each. */
export function gruWorkload(batch: number, inputs: number, width: number, steps: number): Workload {
  const [length, calls] = [64, steps];
  return supervised({
    name: 'gru',
    peer: 'gru',
    config: { inputs, width },
    values: { gru: initGru(foldIn(seed, 1), inputs, width), head: initLinear(foldIn(seed, 2), width, 1) },
    data: {
      x: noise(foldIn(seed, 3), [calls, batch, length, inputs]),
      y: noise(foldIn(seed, 4), [calls, batch, length, 1]),
    },
    rule: adam,
    loss: ({ gru, head }, { x, y }) => meanSquare(applyLinear(head, applyGru(gru, x as Tensor).states), y),
  });
}

export interface DecoderSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly batch: number;
  readonly places: number;
}

/** Next-token prediction over random tokens. */
export function decoderWorkload(name: string, size: DecoderSize, steps: number): Workload {
  const { width, layers, heads, batch, places } = size;
  const config = { vocabulary: 512, width, layers, heads, hiddenWidth: 8 * Math.ceil(width / 3) };
  const count = steps * batch * (places + 1);
  const tokens: FileTensor = {
    dataType: 'int64',
    shape: [steps, batch, places + 1],
    data: BigInt64Array.from(bits(foldIn(seed, 1), count), (word) => BigInt(word % config.vocabulary)),
  };
  return supervised({
    name,
    peer: 'decoder',
    config: { vocabulary: 512, width, layers, heads, hidden: config.hiddenWidth, places },
    values: initDecoder(foldIn(seed, 2), config),
    data: { tokens },
    rule: adamW,
    loss: (params, batchOf) => decoderLoss(params, config, batchOf['tokens'] as Tensor),
  });
}

/** A step of learning to denoise sequences. */
export function unetWorkload(batch: number, steps: number): Workload {
  const config = { channels: 6, widths: [32, 64, 128], timeWidth: 32, groups: 8, kernelSize: 5 };
  const shape = [steps, batch, config.channels, 32];
  const times = uniforms(foldIn(seed, 3), steps * batch).map((value) => Math.floor(100 * value));
  return supervised({
    name: 'unet',
    peer: 'unet',
    config,
    values: initUnet(foldIn(seed, 1), config),
    data: {
      x: noise(foldIn(seed, 2), shape),
      time: { dataType: 'float32', shape: [steps, batch], data: times },
      noise: noise(foldIn(seed, 4), shape),
    },
    rule: adam,
    loss: (params, data) =>
      meanSquare(applyUnet(params, config, data['x'] as Tensor, data['time'] as Tensor), data['noise']),
  });
}
