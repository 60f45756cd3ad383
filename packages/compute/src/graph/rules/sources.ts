import { concrete } from '../dimension.ts';
import type { OpTable } from '../rule.ts';
import { at, int } from './helpers.ts';
import { onnxDataCode } from './special.ts';

type SourceRows = Pick<OpTable, 'parameter' | 'constant' | 'iota' | 'dimensionSize'>;

const nothing = { gradient: null, why: 'it has no inputs' } as const;

export const sourceRows: SourceRows = {
  parameter: {
    summary: 'a value given at run time',
    infer: (_inputs, { shape, dtype }) => [{ shape, dtype }],
    ...nothing,
    batch: ({ node }) => node.outputs,
    emit: (_context, node) => {
      throw new RangeError(
        `cannot compile, as every parameter must be an input of the graph: ${node.attributes.name} is not`,
      );
    },
    evaluate: (_inputs, { name }) => {
      throw new RangeError(`cannot evaluate, as every parameter must be given: ${name} is not`);
    },
  },
  constant: {
    summary: 'a value known while building',
    infer: (_inputs, { shape, dtype }) => [{ shape, dtype }],
    ...nothing,
    batch: ({ node }) => node.outputs,
    emit: (context, { attributes: { dtype, shape, data } }) => [context.constant(dtype, shape, data)],
    evaluate: (_inputs, { data }) => [data],
  },
  iota: {
    summary: '0, 1, …, length − 1',
    infer: (_inputs, { length, dtype }) => [{ shape: [length], dtype }],
    ...nothing,
    batch: ({ node }) => node.outputs,
    emit: (context, { attributes: { length, dtype } }) => {
      const zero = context.constant('int64', [], [0]);
      const end = context.add('Squeeze', [context.lengths([length])]);
      const range = context.add('Range', [zero, end, context.constant('int64', [], [1])]);
      return [dtype === 'int64' ? range : context.add('Cast', [range], [int('to', onnxDataCode(dtype))])];
    },
    evaluate: (_inputs, { length }) => [Float64Array.from({ length: at(concrete([length]), 0) }, (_, index) => index)],
  },
  dimensionSize: {
    summary: 'the length of a named dimension as a number',
    infer: (_inputs, { dtype }) => [{ shape: [], dtype }],
    ...nothing,
    batch: ({ node }) => node.outputs,
    emit: (context, { attributes: { value, dtype } }) => [
      context.add('Cast', [context.add('Squeeze', [context.lengths([value])])], [int('to', onnxDataCode(dtype))]),
    ],
    evaluate: (_inputs, { value }) => [Float64Array.of(at(concrete([value]), 0))],
  },
};
