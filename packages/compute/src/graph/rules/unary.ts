import {
  add,
  and,
  cast,
  cos,
  div,
  exp,
  less,
  lessEqual,
  mul,
  neg,
  normalCdf,
  sigmoid,
  sign,
  sin,
  square,
  sub,
  where,
} from '../build/elementwise.ts';
import type { OpTable } from '../rule.ts';
import type { Tensor } from '../tensor.ts';
import { emitSilu, siluOf } from './silu.ts';
import { erf, onnxDataCode, standardNormalCdf } from './special.ts';
import { elementwise, withAttributes, type EmitElementwise } from './elementwise.ts';
import { at, int } from './helpers.ts';
import { isFloating } from '../dtype.ts';

type UnaryRows = Pick<
  OpTable,
  | 'neg'
  | 'abs'
  | 'sign'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'reciprocal'
  | 'square'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'relu'
  | 'erf'
  | 'normalCdf'
  | 'gelu'
  | 'silu'
  | 'floor'
  | 'ceil'
  | 'round'
  | 'identity'
  | 'stopGradient'
  | 'not'
  | 'isNaN'
  | 'clip'
  | 'shiftRight'
  | 'cast'
>;

const one = (output: { readonly outputs: readonly Tensor[] }): Tensor => at(output.outputs, 0);
const x = (context: { readonly inputs: readonly Tensor[] }): Tensor => at(context.inputs, 0);
const flat = 'it is constant between jumps: its gradient is 0';

const emitExpm1: EmitElementwise = (c, [input = ''], dtype) => {
  // exp(x) − 1 = tanh(x/2) · (exp(x) + 1): no cancellation near 0.
  const half = c.add('Tanh', [c.add('Mul', [input, c.constant(dtype, [], [0.5])])]);
  return c.add('Mul', [half, c.add('Add', [c.add('Exp', [input]), c.constant(dtype, [], [1])])]);
};

const emitLog1p: EmitElementwise = (c, [input = ''], dtype) => {
  // With u = 1 + x rounded: log(u) · x / (u − 1), and x itself where u is 1. Infinity goes the plain way.
  const unit = c.constant(dtype, [], [1]);
  const u = c.add('Add', [input, unit]);
  const rest = c.add('Sub', [u, unit]);
  const plain = c.add('Log', [u]);
  const tiny = c.add('Equal', [rest, c.constant(dtype, [], [0])]);
  const safe = c.add('Where', [tiny, unit, rest]);
  const exact = c.add('Mul', [plain, c.add('Div', [input, safe])]);
  const small = c.add('Where', [tiny, input, exact]);
  return c.add('Where', [c.add('Less', [input, unit]), small, plain]);
};

const emitNormalCdf: EmitElementwise = (c, [input = ''], dtype) => {
  const root = c.add('Erf', [c.add('Mul', [input, c.constant(dtype, [], [Math.SQRT1_2])])]);
  const half = c.constant(dtype, [], [0.5]);
  return c.add('Add', [c.add('Mul', [root, half]), half]);
};

const density = (of: Tensor): Tensor => mul(exp(mul(square(of), -0.5)), 1 / Math.sqrt(2 * Math.PI));

function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

export const unaryRows: UnaryRows = {
  neg: elementwise('neg', 1, {
    summary: '−x',
    accepts: 'signed',
    partials: (_, g) => [neg(g)],
    onnx: 'Neg',
    apply: (a) => -a,
  }),
  abs: elementwise('abs', 1, {
    summary: '|x|',
    accepts: 'number',
    partials: (c, g) => [mul(g, sign(x(c)))],
    onnx: 'Abs',
    apply: Math.abs,
  }),
  sign: elementwise('sign', 1, {
    summary: '−1, 0 or 1',
    accepts: 'number',
    partials: () => [undefined],
    why: flat,
    onnx: 'Sign',
    apply: Math.sign,
  }),
  exp: elementwise('exp', 1, {
    summary: 'eˣ',
    accepts: 'floating',
    partials: (c, g) => [mul(g, one(c))],
    onnx: 'Exp',
    apply: Math.exp,
  }),
  expm1: elementwise('expm1', 1, {
    summary: 'eˣ − 1, exact near 0',
    accepts: 'floating',
    partials: (c, g) => [mul(g, add(one(c), 1))],
    onnx: emitExpm1,
    apply: Math.expm1,
  }),
  log: elementwise('log', 1, {
    summary: 'ln x',
    accepts: 'floating',
    partials: (c, g) => [div(g, x(c))],
    onnx: 'Log',
    apply: Math.log,
  }),
  log1p: elementwise('log1p', 1, {
    summary: 'ln(1 + x), exact near 0',
    accepts: 'floating',
    partials: (c, g) => [div(g, add(x(c), 1))],
    onnx: emitLog1p,
    apply: Math.log1p,
  }),
  sqrt: elementwise('sqrt', 1, {
    summary: '√x',
    accepts: 'floating',
    partials: (c, g) => [div(mul(g, 0.5), one(c))],
    onnx: 'Sqrt',
    apply: Math.sqrt,
  }),
  reciprocal: elementwise('reciprocal', 1, {
    summary: '1 / x',
    accepts: 'floating',
    partials: (c, g) => [neg(mul(g, square(one(c))))],
    onnx: 'Reciprocal',
    apply: (a) => 1 / a,
  }),
  square: elementwise('square', 1, {
    summary: 'x²',
    accepts: 'number',
    partials: (c, g) => [mul(g, mul(x(c), 2))],
    onnx: (c, [input = '']) => c.add('Mul', [input, input]),
    apply: (a) => a * a,
  }),
  sin: elementwise('sin', 1, {
    summary: 'sin x',
    accepts: 'floating',
    partials: (c, g) => [mul(g, cos(x(c)))],
    onnx: 'Sin',
    apply: Math.sin,
  }),
  cos: elementwise('cos', 1, {
    summary: 'cos x',
    accepts: 'floating',
    partials: (c, g) => [neg(mul(g, sin(x(c))))],
    onnx: 'Cos',
    apply: Math.cos,
  }),
  tanh: elementwise('tanh', 1, {
    summary: 'tanh x',
    accepts: 'floating',
    partials: (c, g) => [mul(g, sub(1, square(one(c))))],
    onnx: 'Tanh',
    apply: Math.tanh,
  }),
  sigmoid: elementwise('sigmoid', 1, {
    summary: '1 / (1 + e⁻ˣ)',
    accepts: 'floating',
    partials: (c, g) => [mul(g, mul(one(c), sub(1, one(c))))],
    onnx: 'Sigmoid',
    apply: (a) => (a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a))),
  }),
  softplus: elementwise('softplus', 1, {
    summary: 'ln(1 + eˣ) without overflow',
    accepts: 'floating',
    partials: (c, g) => [mul(g, sigmoid(x(c)))],
    onnx: 'Softplus',
    apply: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  }),
  relu: elementwise('relu', 1, {
    summary: 'max(x, 0); gradient 0 at 0',
    accepts: 'floating',
    // A product with 0 or 1: the runtime's kernel for Where makes three passes.
    partials: (c, g) => [mul(g, cast(less(0, one(c)), g.dtype))],
    onnx: 'Relu',
    apply: (a) => (a < 0 ? 0 : a),
  }),
  erf: elementwise('erf', 1, {
    summary: 'the error function',
    accepts: 'floating',
    partials: (c, g) => [mul(g, mul(exp(neg(square(x(c)))), 2 / Math.sqrt(Math.PI)))],
    onnx: 'Erf',
    apply: erf,
  }),
  normalCdf: elementwise('normalCdf', 1, {
    summary: '(1 + erf(x / √2)) / 2: the part of gelu that its gradient needs again',
    accepts: 'floating',
    partials: (c, g) => [mul(g, density(x(c)))],
    onnx: emitNormalCdf,
    apply: standardNormalCdf,
  }),
  gelu: elementwise('gelu', 1, {
    summary: 'x · Φ(x); with a gradient, the compiler shares Φ(x) with it',
    accepts: 'floating',
    partials: (c, g) => [mul(g, add(normalCdf(x(c)), mul(x(c), density(x(c)))))],
    onnx: 'Gelu',
    apply: (a) => a * standardNormalCdf(a),
  }),
  silu: elementwise('silu', 1, {
    summary: 'x / (1 + e⁻ˣ); with a gradient, the compiler shares the sigmoid with it',
    accepts: 'floating',
    // σ + y · (1 − σ) takes two passes fewer than σ + x · σ · (1 − σ).
    partials: (c, g) => {
      const share = sigmoid(x(c));
      return [mul(g, add(share, mul(one(c), sub(1, share))))];
    },
    onnx: emitSilu,
    apply: siluOf,
  }),
  floor: elementwise('floor', 1, {
    summary: '⌊x⌋',
    accepts: 'floating',
    partials: () => [undefined],
    why: flat,
    onnx: 'Floor',
    apply: Math.floor,
  }),
  ceil: elementwise('ceil', 1, {
    summary: '⌈x⌉',
    accepts: 'floating',
    partials: () => [undefined],
    why: flat,
    onnx: 'Ceil',
    apply: Math.ceil,
  }),
  round: elementwise('round', 1, {
    summary: 'to the nearest whole number, halves to the even one',
    accepts: 'floating',
    partials: () => [undefined],
    why: flat,
    onnx: 'Round',
    apply: roundEven,
  }),
  identity: elementwise('identity', 1, {
    summary: 'x, as a node of its own',
    accepts: 'all',
    partials: (_, g) => [g],
    onnx: 'Identity',
    apply: (a) => a,
  }),
  stopGradient: elementwise('stopGradient', 1, {
    summary: 'x, through which no gradient flows',
    accepts: 'all',
    partials: () => [undefined],
    why: 'stopping it is what the op is for',
    onnx: 'Identity',
    apply: (a) => a,
  }),
  not: elementwise('not', 1, {
    summary: 'not x',
    accepts: 'bool',
    partials: null,
    why: 'bool',
    onnx: 'Not',
    apply: (a) => (a === 0 ? 1 : 0),
  }),
  isNaN: elementwise('isNaN', 1, {
    summary: 'whether x is not a number',
    accepts: 'floating',
    gives: 'bool',
    partials: null,
    why: 'bool',
    onnx: 'IsNaN',
    apply: (a) => (Number.isNaN(a) ? 1 : 0),
  }),
  clip: withAttributes(
    elementwise('clip', 1, {
      summary: 'x held within bounds; gradient 0 outside',
      accepts: 'number',
      partials: (c, g) => [
        where(and(lessEqual(c.attributes.minimum, x(c)), lessEqual(x(c), c.attributes.maximum)), g, 0),
      ],
      onnx: 'Clip',
      apply: (a) => a,
    }),
    {
      emit: (c, node, [input = '']) => {
        const { dtype } = at(node.inputs, 0);
        const bound = (value: number): string =>
          isFloating(dtype) || Number.isFinite(value) ? c.constant(dtype, [], [value]) : '';
        return c.add('Clip', [input, bound(node.attributes.minimum), bound(node.attributes.maximum)]);
      },
      apply: (value, { minimum, maximum }) => Math.min(Math.max(value, minimum), maximum),
    },
  ),
  shiftRight: withAttributes(
    elementwise('shiftRight', 1, {
      summary: 'x >>> bits',
      accepts: 'uint32',
      partials: null,
      why: 'whole numbers',
      onnx: 'BitShift',
      apply: (a) => a,
    }),
    {
      emit: (c, node, [input = '']) =>
        c.add(
          'BitShift',
          [input, c.constant('uint32', [], [node.attributes.bits])],
          [{ kind: 'string', name: 'direction', value: 'RIGHT' }],
        ),
      apply: (value, { bits }) => value >>> bits,
    },
  ),
  cast: withAttributes(
    elementwise('cast', 1, {
      summary: 'x as another element type',
      accepts: 'all',
      partials: (c, g) => [isFloating(x(c).dtype) ? cast(g, x(c).dtype) : undefined],
      onnx: 'Cast',
      apply: (a) => a,
    }),
    {
      emit: (c, node, inputs) => c.add('Cast', inputs, [int('to', onnxDataCode(node.attributes.dtype))]),
      apply: (value) => value,
      gives: ({ dtype }) => dtype,
    },
  ),
};
