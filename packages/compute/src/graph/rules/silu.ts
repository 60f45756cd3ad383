import type { EmitElementwise } from './elementwise.ts';
import { float } from './helpers.ts';

/** `x / (1 + e⁻ˣ)`, without overflow. */
export const siluOf = (x: number): number => (x >= 0 ? x / (1 + Math.exp(-x)) : (x * Math.exp(x)) / (1 + Math.exp(x)));

/** ONNX Runtime has one pass for it, on float32. */
export const emitSilu: EmitElementwise = (context, [input = ''], dtype) =>
  dtype === 'float32' && !context.options.portable
    ? context.add('QuickGelu', [input], [float('alpha', 1)], 'com.microsoft')
    : context.add('Mul', [input, context.add('Sigmoid', [input])]);
