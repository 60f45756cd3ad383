import { moveAxis } from '../build/shaping.ts';
import { closeOver } from '../build/scan.ts';
import { parameter } from '../build/sources.ts';
import { concrete, formatShape, sameShape } from '../dimension.ts';
import { opError } from '../errors.ts';
import { scanGradient } from '../../grad/scan.ts';
import type { BatchContext, EmitContext, HostArray, OpTable } from '../rule.ts';
import { makeNode, type Node, type Tensor } from '../tensor.ts';
import { at, batchedInput, count, int, ints } from './helpers.ts';

function batchScan(context: BatchContext<'scan'>): readonly Tensor[] {
  const { attributes, inputs, batched, batchGraph } = context;
  const { constants, carries, body } = attributes;
  // Every carry becomes batched: whether it stays unbatched would have to be found by trying.
  const given = inputs.map((input, index) => {
    if (index < constants) return input;
    if (index < constants + carries) return batchedInput(context, index);
    return at(batched, index) ? moveAxis(input, 0, 1) : input;
  });
  const flags = inputs.map((_, index) => (index >= constants && index < constants + carries) || at(batched, index));
  const placeholders = given.map((input, index) => {
    const { name } = (at(body.inputs, index).node as Node<'parameter'>).attributes;
    return parameter(name, index < constants + carries ? input.shape : input.shape.slice(1), input.dtype);
  });
  const results = batchGraph(body, placeholders, flags);
  const closed = closeOver(placeholders, results);
  const outputs = makeNode('scan', [...closed.captured, ...given], {
    ...attributes,
    constants: constants + closed.captured.length,
    body: { inputs: [...closed.placeholders, ...placeholders], outputs: closed.outputs },
  });
  return outputs.map((output, index) => (index < carries ? output : moveAxis(output, 1, 0)));
}
function emitScan(context: EmitContext, node: Node<'scan'>, names: readonly string[]): readonly string[] {
  const { constants, carries, length, reverse, body } = node.attributes;
  if (typeof length === 'number' && length <= context.options.unrollBelow) return emitUnrolled(context, node, names);
  const outer = [...names.slice(0, constants), ...body.inputs.slice(constants).map(() => undefined)];
  const xs = node.attributes.xs;
  const ys = body.outputs.length - carries;
  const direction = Number(reverse);
  const repeated = (times: number): number[] => Array.from({ length: times }, () => direction);
  return context.addMany('Scan', names.slice(constants), body.outputs.length, [
    context.subgraph('scan', body, outer, 'body'),
    int('num_scan_inputs', xs),
    ints('scan_input_directions', repeated(xs)),
    ...(ys === 0 ? [] : [ints('scan_output_directions', repeated(ys))]),
  ]);
}

function emitUnrolled(context: EmitContext, node: Node<'scan'>, names: readonly string[]): readonly string[] {
  const { constants, carries, reverse, body } = node.attributes;
  const length = Number(node.attributes.length);
  const outer = names.slice(0, constants);
  let state = names.slice(constants, constants + carries);
  const xs = names.slice(constants + carries);
  const ys: string[][] = body.outputs.slice(carries).map(() => []);
  const zero = context.constant('int64', [1], [0]);
  for (let step = 0; step < length; step += 1) {
    const index = reverse ? length - 1 - step : step;
    const place = context.constant('int64', [], [index]);
    const slices = xs.map((x) => context.add('Gather', [x, place], [int('axis', 0)]));
    const results = context.inline(body, [...outer, ...state, ...slices]);
    state = results.slice(0, carries);
    for (const [y, result] of results.slice(carries).entries()) {
      at(ys, y)[index] = context.add('Unsqueeze', [result, zero]);
    }
  }
  return [
    ...state.map((name) => context.add('Identity', [name])),
    ...ys.map((parts, index) =>
      parts.length === 0
        ? emitEmpty(context, at(node.outputs, carries + index))
        : context.add('Concat', parts, [int('axis', 0)]),
    ),
  ];
}

const emitEmpty = (context: EmitContext, output: Tensor): string =>
  context.constant(output.dtype, concrete(output.shape), []);

export const scanRows: Pick<OpTable, 'scan'> = {
  scan: {
    summary: 'a step over the first axis of its inputs, handing a carry from step to step',
    infer: (inputs, { body, constants, carries, length }) => {
      for (const [index, input] of inputs.entries()) {
        const expected = at(body.inputs, index);
        const own = index < constants + carries ? input.shape : input.shape.slice(1);
        if (index >= constants + carries && input.shape[0] !== length) {
          throw opError('scan', inputs, `all xs must have ${String(length)} steps: one has ${String(input.shape[0])}`);
        }
        if (!sameShape(own, expected.shape) || input.dtype !== expected.dtype) {
          throw opError('scan', inputs, `an input must be ${expected.dtype}${formatShape(expected.shape)}`);
        }
      }
      for (let carry = 0; carry < carries; carry += 1) {
        const before = at(body.inputs, constants + carry);
        const after = body.outputs[carry];
        if (after === undefined || !sameShape(after.shape, before.shape) || after.dtype !== before.dtype) {
          const is = after === undefined ? 'missing' : `${after.dtype}${formatShape(after.shape)}`;
          throw opError(
            'scan',
            inputs,
            `carry ${carry} must stay ${before.dtype}${formatShape(before.shape)}: it becomes ${is}`,
          );
        }
      }
      return body.outputs.map((output, index) => ({
        dtype: output.dtype,
        shape: index < carries ? output.shape : [length, ...output.shape],
      }));
    },
    gradient: scanGradient,
    batch: batchScan,
    emit: emitScan,
    evaluate: (inputs, { body, constants, carries, length, reverse }, outputs, evaluateGraph) => {
      const steps = at(concrete([length]), 0);
      const ys = outputs.slice(carries).map((output) => new Float64Array(count(output.shape)));
      let state: readonly HostArray[] = inputs.slice(constants, constants + carries);
      for (let step = 0; step < steps; step += 1) {
        const index = reverse ? steps - 1 - step : step;
        const slices = inputs.slice(constants + carries).map((x): HostArray => {
          const shape = x.shape.slice(1);
          const size = count(shape);
          return { dtype: x.dtype, shape, data: x.data.subarray(index * size, (index + 1) * size) };
        });
        const results = evaluateGraph(body, [...inputs.slice(0, constants), ...state, ...slices]);
        state = results.slice(0, carries);
        for (const [y, result] of results.slice(carries).entries())
          at(ys, y).set(result.data, index * result.data.length);
      }
      return [...state.map((array) => array.data), ...ys];
    },
  },
};
