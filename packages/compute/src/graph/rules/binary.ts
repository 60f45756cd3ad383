import {
  add,
  cast,
  div,
  equal,
  less,
  log,
  mul,
  neg,
  not as notOf,
  pow,
  sigmoid,
  sub,
  where,
} from '../build/elementwise.ts';
import { isFloating } from '../dtype.ts';
import { broadcastInputs, sumTo } from '../broadcast.ts';
import { opError } from '../errors.ts';
import type { OpTable } from '../rule.ts';
import type { Tensor } from '../tensor.ts';
import { emitSilu, siluOf } from './silu.ts';
import { batchElementwise, checkTypes, elementwise, type Partials } from './elementwise.ts';
import { at, stretched } from './helpers.ts';
import { widened } from './widened.ts';

type BinaryRows = Pick<
  OpTable,
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'gatedSilu'
  | 'minimum'
  | 'maximum'
  | 'equal'
  | 'less'
  | 'lessEqual'
  | 'and'
  | 'or'
  | 'where'
>;

type Inputs = { readonly inputs: readonly Tensor[] };
const a = (c: Inputs): Tensor => at(c.inputs, 0);
const b = (c: Inputs): Tensor => at(c.inputs, 1);

// The winner takes the gradient, and equals take half each.
const share = (wins: Tensor, ties: Tensor, g: Tensor): Tensor => mul(g, where(ties, 0.5, cast(wins, g.dtype)));

const minimumPartials: Partials<'minimum'> = (c, g) => {
  const ties = equal(a(c), b(c));
  return [share(less(a(c), b(c)), ties, g), share(less(b(c), a(c)), ties, g)];
};
const maximumPartials: Partials<'maximum'> = (c, g) => {
  const ties = equal(a(c), b(c));
  return [share(less(b(c), a(c)), ties, g), share(less(a(c), b(c)), ties, g)];
};

const comparison = { accepts: 'number', gives: 'bool', partials: null, why: 'its result is bool' } as const;
const logical = { accepts: 'bool', partials: null, why: 'its result is bool' } as const;

export const binaryRows: BinaryRows = {
  add: elementwise('add', 2, {
    summary: 'a + b',
    accepts: 'number',
    partials: (_, g) => [g, g],
    onnx: 'Add',
    apply: (p, q) => p + q,
  }),
  sub: elementwise('sub', 2, {
    summary: 'a − b',
    accepts: 'number',
    partials: (_, g) => [g, neg(g)],
    onnx: 'Sub',
    apply: (p, q) => p - q,
  }),
  mul: elementwise('mul', 2, {
    summary: 'a · b',
    accepts: 'number',
    partials: (c, g) => [at(c.needed, 0) ? mul(g, b(c)) : undefined, at(c.needed, 1) ? mul(g, a(c)) : undefined],
    onnx: 'Mul',
    apply: (p, q) => p * q,
  }),
  div: elementwise('div', 2, {
    summary: 'a / b',
    accepts: 'number',
    partials: (c, g) => {
      const quotient = div(g, b(c));
      return [quotient, at(c.needed, 1) ? neg(mul(quotient, at(c.outputs, 0))) : undefined];
    },
    onnx: 'Div',
    apply: (p, q) => p / q,
  }),
  pow: elementwise('pow', 2, {
    summary: 'aᵇ',
    accepts: 'floating',
    partials: (c, g) => {
      const base = at(c.needed, 0) ? mul(g, mul(b(c), pow(a(c), sub(b(c), 1)))) : undefined;
      if (!at(c.needed, 1)) return [base, undefined];
      // 0ᵇ is 0 for every b > 0, so its derivative by b is 0, though ln 0 is not finite.
      const positive = less(0, a(c));
      return [base, where(positive, mul(g, mul(at(c.outputs, 0), log(where(positive, a(c), 1)))), 0)];
    },
    onnx: 'Pow',
    apply: (p, q) => p ** q,
  }),
  gatedSilu: elementwise('gatedSilu', 2, {
    summary: 'a / (1 + e⁻ᵃ) · b; with a gradient, the compiler shares the sigmoid with it',
    accepts: 'floating',
    // With y = a σ b, the derivative by a is y + σ · (b − y).
    partials: (c, g) => {
      const gate = sigmoid(a(c));
      const y = at(c.outputs, 0);
      return [
        at(c.needed, 0) ? mul(g, add(y, mul(gate, sub(b(c), y)))) : undefined,
        at(c.needed, 1) ? mul(g, mul(a(c), gate)) : undefined,
      ];
    },
    onnx: (c, [left = '', right = ''], dtype) => c.add('Mul', [emitSilu(c, [left], dtype), right]),
    apply: (p, q) => siluOf(p) * q,
  }),
  minimum: elementwise('minimum', 2, {
    summary: 'the smaller of two',
    accepts: 'number',
    partials: minimumPartials,
    onnx: 'Min',
    apply: Math.min,
  }),
  maximum: elementwise('maximum', 2, {
    summary: 'the larger of two',
    accepts: 'number',
    partials: maximumPartials,
    onnx: 'Max',
    apply: Math.max,
  }),
  equal: elementwise('equal', 2, {
    ...comparison,
    accepts: 'computed',
    summary: 'a = b',
    onnx: 'Equal',
    apply: (p, q) => Number(p === q),
  }),
  less: elementwise('less', 2, { ...comparison, summary: 'a < b', onnx: 'Less', apply: (p, q) => Number(p < q) }),
  lessEqual: elementwise('lessEqual', 2, {
    ...comparison,
    summary: 'a ≤ b',
    onnx: 'LessOrEqual',
    apply: (p, q) => Number(p <= q),
  }),
  and: elementwise('and', 2, { ...logical, summary: 'both hold', onnx: 'And', apply: (p, q) => p * q }),
  or: elementwise('or', 2, { ...logical, summary: 'one holds, or both', onnx: 'Or', apply: Math.max }),
  where: {
    summary: 'a where the condition holds, else b; what is not chosen gets no gradient',
    infer: (inputs) => {
      const [condition, left, right] = inputs;
      if (condition?.dtype !== 'bool') throw opError('where', inputs, 'the condition must be bool');
      if (left?.dtype !== right?.dtype) throw opError('where', inputs, 'both choices must have one element type');
      const dtype = checkTypes('where', inputs.slice(1), 'computed');
      return [{ shape: broadcastInputs('where', inputs), dtype }];
    },
    gradient: ({ inputs, gradients: [g], needed }) => {
      const condition = at(inputs, 0);
      if (g === undefined || !isFloating(g.dtype)) return [undefined, undefined, undefined];
      return [
        undefined,
        at(needed, 1) ? sumTo(where(condition, g, 0), at(inputs, 1).shape) : undefined,
        at(needed, 2) ? sumTo(where(notOf(condition), g, 0), at(inputs, 2).shape) : undefined,
      ];
    },
    batch: batchElementwise,
    emit: widened((context, _node, inputs) => [context.add('Where', inputs)], [1, 2]),
    evaluate: (inputs, _attributes, outputs) => {
      const { shape } = at(outputs, 0);
      const [condition, left, right] = inputs.map((input) => stretched(input, shape));
      return [(condition as Float64Array).map((chosen, index) => (chosen === 0 ? right?.[index] : left?.[index]) ?? 0)];
    },
  },
};
