import { add, cast, cos, mul, silu, sin } from '../graph/build/elementwise.ts';
import { concat, expandDims } from '../graph/build/shaping.ts';
import { constant } from '../graph/build/sources.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';
import {
  applyConvolution,
  applyConvolutionBlock,
  applyTransposedConvolution,
  initConvolution,
  initConvolutionBlock,
  type ConvolutionBlockParameters,
  type ConvolutionParameters,
} from '../nn/convolution.ts';
import { applyLinear, initLinear, type LinearParameters } from '../nn/linear.ts';
import { applyMlp, initMlp, type MlpParameters } from '../nn/mlp.ts';
import { split } from '../random/host.ts';
import type { KeyWords } from '../random/philox.ts';

export interface UnetConfig {
  /** Of what goes in and comes out. */
  readonly channels: number;
  /** Channels of each level, each half as long as the one before: all divide into `groups`. */
  readonly widths: readonly number[];
  /** Of the embedding of the time: even. */
  readonly timeWidth: number;
  /** Of the group norms; default 4. */
  readonly groups?: number;
  /** Odd; default 5. */
  readonly kernelSize?: number;
}

/** Two convolutions, the time being added between, around a shortcut. */
export type ResidualBlockParameters<Leaf = Tensor> = {
  readonly first: ConvolutionBlockParameters<Leaf>;
  readonly second: ConvolutionBlockParameters<Leaf>;
  readonly time: LinearParameters<Leaf>;
  /** Absent where the channels stay. */
  readonly shortcut?: ConvolutionParameters<Leaf>;
};

export type UnetParameters<Leaf = Tensor> = {
  readonly time: MlpParameters<Leaf>;
  readonly down: readonly {
    readonly block: ResidualBlockParameters<Leaf>;
    readonly shrink: ConvolutionParameters<Leaf>;
  }[];
  readonly middle: ResidualBlockParameters<Leaf>;
  readonly up: readonly {
    readonly grow: ConvolutionParameters<Leaf>;
    readonly block: ResidualBlockParameters<Leaf>;
  }[];
  readonly last: ConvolutionBlockParameters<Leaf>;
  readonly output: ConvolutionParameters<Leaf>;
};

function initResidualBlock(
  key: KeyWords,
  inputs: number,
  outputs: number,
  { timeWidth, kernelSize = 5 }: UnetConfig,
): ResidualBlockParameters<HostArray> {
  const [first, second, time, shortcut] = split(key, 4) as [KeyWords, KeyWords, KeyWords, KeyWords];
  const block = {
    first: initConvolutionBlock(first, inputs, outputs, [kernelSize]),
    second: initConvolutionBlock(second, outputs, outputs, [kernelSize]),
    time: initLinear(time, timeWidth, outputs),
  };
  return inputs === outputs ? block : { ...block, shortcut: initConvolution(shortcut, inputs, outputs, [1]) };
}

/**
 * First values of a one-dimensional U-Net.
 *
 * @throws RangeError where there is no level, or channels do not divide into groups.
 */
export function initUnet(key: KeyWords, config: UnetConfig): UnetParameters<HostArray> {
  const { channels, widths, timeWidth, groups = 4, kernelSize = 5 } = config;
  const [top, bottom] = [widths[0], widths.at(-1)];
  if (top === undefined || bottom === undefined || widths.some((width) => width % groups !== 0))
    throw new RangeError(
      `cannot make a U-Net, as it must have widths that divide into ${groups} groups: they are [${widths.join(', ')}]`,
    );
  const [timeKey, middleKey, lastKey, outputKey, ...levelKeys] = split(key, 4 + 4 * widths.length) as [
    KeyWords,
    KeyWords,
    KeyWords,
    KeyWords,
    ...KeyWords[],
  ];
  const keyAt = (level: number, part: number): KeyWords => levelKeys[4 * level + part] as KeyWords;
  const down = widths.map((width, level) => ({
    block: initResidualBlock(keyAt(level, 0), widths[level - 1] ?? channels, width, config),
    shrink: initConvolution(keyAt(level, 1), width, width, [3]),
  }));
  const up = widths.map((width, level) => ({
    // The weight of a transposed convolution is [inputs, outputs, size].
    grow: initConvolution(keyAt(level, 2), width, widths[level + 1] ?? width, [4], { bias: false }),
    block: initResidualBlock(keyAt(level, 3), 2 * width, width, config),
  }));
  return {
    time: initMlp(timeKey, [timeWidth, 4 * timeWidth, timeWidth]),
    down,
    middle: initResidualBlock(middleKey, bottom, bottom, config),
    up,
    last: initConvolutionBlock(lastKey, top, top, [kernelSize]),
    output: initConvolution(outputKey, top, channels, [1]),
  };
}

/**
 * Sines and cosines of a number at rates from 1 down to 1/10,000.
 *
 * @param time [batch]
 * @returns [batch, width]
 * @source Vaswani et al., "Attention is all you need" (2017), section 3.5; all sines come before the cosines.
 */
export function sinusoids(time: Tensor, width: number): Tensor {
  const half = width / 2;
  const rates = Array.from({ length: half }, (_, index) => 10_000 ** (-index / Math.max(1, half - 1)));
  const angles = mul(expandDims(cast(time, 'float32'), 1), constant(rates));
  return concat([sin(angles), cos(angles)], 1);
}

function applyResidualBlock(params: ResidualBlockParameters, x: Tensor, time: Tensor, groups: number): Tensor {
  const shift = expandDims(applyLinear(params.time, silu(time)), 2);
  const inner = add(applyConvolutionBlock(params.first, x, groups), shift);
  const outer = applyConvolutionBlock(params.second, inner, groups);
  return add(outer, params.shortcut ? applyConvolution(params.shortcut, x) : x);
}

/**
 * A U-Net over sequences: levels of half the length on the way down, and back up beside what each level had.
 *
 * @param x [batch, channels, length]: the length is a number that divides by 2 as often as there are levels.
 * @param time [batch]: whole or floating, such as the step of a diffusion.
 * @returns [batch, channels, length]
 * @source Ronneberger, Fischer, Brox, "U-Net" (2015), figure 1; in one dimension, with the time added to each block, as
 * Janner, Du, Tenenbaum, Levine, "Planning with diffusion" (2022), appendix C; SiLU in place of Mish.
 */
export function applyUnet(params: UnetParameters, config: UnetConfig, x: Tensor, time: Tensor): Tensor {
  const { groups = 4, timeWidth } = config;
  const embedded = applyMlp(params.time, sinusoids(time, timeWidth), { activation: silu });
  const block = (of: ResidualBlockParameters, value: Tensor): Tensor => applyResidualBlock(of, value, embedded, groups);
  const sides: Tensor[] = [];
  let inner = x;
  for (const level of params.down) {
    const side = block(level.block, inner);
    sides.push(side);
    inner = applyConvolution(level.shrink, side, { stride: 2, padding: 1 });
  }
  inner = block(params.middle, inner);
  for (const level of params.up.toReversed()) {
    const grown = applyTransposedConvolution(level.grow, inner, { stride: 2, padding: 1 });
    inner = block(level.block, concat([grown, sides.pop() as Tensor], 1));
  }
  return applyConvolution(params.output, applyConvolutionBlock(params.last, inner, groups));
}
