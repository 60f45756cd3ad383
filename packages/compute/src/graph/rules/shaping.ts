import { alignBatched, broadcastShapes, sumTo } from '../broadcast.ts';
import { broadcastTo, concat, reshape, reverse, sliceAll, transpose } from '../build/shaping.ts';
import {
  addDimensions,
  concrete,
  formatShape,
  multiplyDimensions,
  sameShape,
  sizeOf,
  subtractDimensions,
  type Dimension,
  type Shape,
} from '../dimension.ts';
import { opError } from '../errors.ts';
import type { EmitContext, OpTable } from '../rule.ts';
import { makeNode, makeTensor, type Tensor } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { around, at, batchedInput, count, int, ints, numbers, stretched, stridesOf, walk } from './helpers.ts';

type ShapingRows = Pick<OpTable, 'reshape' | 'broadcastTo' | 'transpose' | 'concat' | 'slice' | 'pad'>;

const total = (shape: Shape): Dimension => {
  let sum: Dimension = 0;
  for (const length of shape) sum = addDimensions(sum, length);
  return sum;
};

/** Where a strided part ends up when put back: zeros before, between and after. */
function spread(g: Tensor, whole: Shape, starts: Shape, steps: readonly number[]): Tensor {
  const backwards = steps.flatMap((step, axis) => (step < 0 ? [axis] : []));
  const turned = backwards.length === 0 ? g : reverse(g, backwards);
  const reach = (axis: number): Dimension =>
    multiplyDimensions(subtractDimensions(at(g.shape, axis), 1), Math.abs(at(steps, axis)));
  const before = starts.map((start, axis) => (at(steps, axis) < 0 ? subtractDimensions(start, reach(axis)) : start));
  const after = whole.map((length, axis) =>
    subtractDimensions(subtractDimensions(length, 1), addDimensions(at(before, axis), reach(axis))),
  );
  return makeTensor('pad', [turned], { before, after, between: steps.map((step) => Math.abs(step) - 1), value: 0 });
}

const isEmpty = (shape: Shape): boolean => shape.includes(0);

function emitBetween(
  context: EmitContext,
  node: { inputs: readonly Tensor[]; attributes: { between: readonly number[]; value: number } },
  name: string,
): string {
  const x = at(node.inputs, 0);
  let current = name;
  let shape: Dimension[] = [...x.shape];
  for (const [axis, gap] of node.attributes.between.entries()) {
    if (gap === 0) continue;
    const length = at(shape, axis);
    const apart = context.add('Reshape', [current, context.lengths(shape.toSpliced(axis + 1, 0, 1))]);
    const rank = shape.length + 1;
    const widths = Array.from({ length: 2 * rank }, (_, side) => (side === rank + axis + 1 ? gap : 0));
    const fill = context.constant(x.dtype, [], [node.attributes.value]);
    const filled = context.add('Pad', [apart, context.constant('int64', [2 * rank], widths), fill]);
    const long = multiplyDimensions(length, gap + 1);
    const joined = context.add('Reshape', [filled, context.lengths(shape.with(axis, long))]);
    const end = subtractDimensions(long, gap);
    current = context.add('Slice', [joined, context.lengths([0]), context.lengths([end]), context.lengths([axis])]);
    shape = shape.with(axis, end);
  }
  return current;
}

export const shapingRows: ShapingRows = {
  reshape: {
    summary: 'the same elements in another shape',
    infer: (inputs, { shape }) => {
      const x = at(inputs, 0);
      if (sizeOf(x.shape) !== sizeOf(shape))
        throw opError('reshape', inputs, `its elements must fill ${formatShape(shape)}`);
      return [{ shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g] }) => [g && reshape(g, at(inputs, 0).shape)],
    batch: ({ inputs, attributes, size }) => [reshape(at(inputs, 0), [size, ...attributes.shape])],
    emit: (context, node, names) => {
      // Length 0 means "copy" to Reshape unless told otherwise.
      const attributes = isEmpty(node.attributes.shape) ? [int('allowzero', 1)] : [];
      return [context.add('Reshape', [at(names, 0), context.lengths(node.attributes.shape)], attributes)];
    },
    evaluate: (inputs) => [at(inputs, 0).data],
  },
  broadcastTo: {
    summary: 'axes of length 1 stretched, and axes added in front',
    infer: (inputs, { shape }) => {
      const x = at(inputs, 0);
      const reached = broadcastShapes([x.shape, shape]);
      if (reached === undefined || !sameShape(reached, shape)) {
        throw opError('broadcastTo', inputs, `its lengths must equal those of ${formatShape(shape)} or be 1`);
      }
      return [{ shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g] }) => [g && sumTo(g, at(inputs, 0).shape)],
    batch: ({ inputs, attributes, size }) => [
      broadcastTo(alignBatched(at(inputs, 0), attributes.shape.length), [size, ...attributes.shape]),
    ],
    emit: (context, node, names) => [context.add('Expand', [at(names, 0), context.lengths(node.attributes.shape)])],
    evaluate: (inputs, _attributes, outputs) => [stretched(at(inputs, 0), at(outputs, 0).shape)],
  },
  transpose: {
    summary: 'axes in another order',
    infer: (inputs, { permutation }) => {
      const x = at(inputs, 0);
      if (
        permutation.toSorted((a, b) => a - b).some((axis, index) => axis !== index) ||
        permutation.length !== x.shape.length
      ) {
        throw opError('transpose', inputs, `the order must name every axis once: it is [${permutation.join(', ')}]`);
      }
      return [{ shape: permutation.map((axis) => at(x.shape, axis)), dtype: x.dtype }];
    },
    gradient: ({ gradients: [g], attributes: { permutation } }) => [
      g &&
        transpose(
          g,
          permutation.map((_, axis) => permutation.indexOf(axis)),
        ),
    ],
    batch: ({ inputs, attributes }) => [
      transpose(at(inputs, 0), [0, ...attributes.permutation.map((axis) => axis + 1)]),
    ],
    emit: (context, node, names) => [context.add('Transpose', names, [ints('perm', node.attributes.permutation)])],
    evaluate: ([input], { permutation }, outputs) => {
      if (input === undefined) return [];
      const own = stridesOf(input.shape);
      const { shape } = at(outputs, 0);
      const out = new Float64Array(count(shape));
      const strides = permutation.map((axis) => at(own, axis));
      walk(shape, strides, (offset, flat) => {
        out[flat] = at(numbers(input.data), offset);
      });
      return [out];
    },
  },
  concat: {
    summary: 'tensors one after another along an axis',
    infer: (inputs, { axis }) => {
      const dtype = checkTypes('concat', inputs, 'all');
      const first = at(inputs, 0);
      const others = first.shape.toSpliced(axis, 1);
      if (inputs.some((x) => x.shape.length !== first.shape.length || !sameShape(x.shape.toSpliced(axis, 1), others))) {
        throw opError('concat', inputs, `lengths must be equal on every axis but ${axis}`);
      }
      return [{ shape: first.shape.with(axis, total(inputs.map((x) => at(x.shape, axis)))), dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { axis } }) => {
      let start: Dimension = 0;
      return inputs.map((input) => {
        const from = start;
        start = addDimensions(start, at(input.shape, axis));
        if (g === undefined) return undefined;
        const starts = input.shape.map((_, i) => (i === axis ? from : 0));
        return sliceAll(
          g,
          starts,
          input.shape,
          input.shape.map(() => 1),
        );
      });
    },
    batch: (context) => [
      concat(
        context.inputs.map((_, index) => batchedInput(context, index)),
        context.attributes.axis + 1,
      ),
    ],
    emit: (context, node, names) => [context.add('Concat', names, [int('axis', node.attributes.axis)])],
    evaluate: (inputs, { axis }, outputs) => {
      const { shape } = at(outputs, 0);
      const { before, along, after } = around(shape, axis);
      const out = new Float64Array(count(shape));
      let start = 0;
      for (const input of inputs) {
        const row = at(input.shape, axis) * after;
        for (let index = 0; index < before; index += 1) {
          out.set(input.data.subarray(index * row, (index + 1) * row), index * along * after + start);
        }
        start += row;
      }
      return [out];
    },
  },
  slice: {
    summary: 'every step-th element along each axis, from a start; a negative step goes backwards',
    infer: (inputs, { starts, lengths, steps }) => {
      const x = at(inputs, 0);
      for (const [axis, length] of lengths.entries()) {
        const whole = x.shape[axis];
        const start = starts[axis];
        if (typeof whole !== 'number' || typeof start !== 'number' || typeof length !== 'number') continue;
        const last = start + (length - 1) * at(steps, axis);
        if (length < 0 || (length > 0 && (Math.min(start, last) < 0 || Math.max(start, last) >= whole))) {
          throw opError('slice', inputs, `the part must lie inside: on axis ${axis} it is ${start} to ${last}`);
        }
      }
      if (lengths.length !== x.shape.length) throw opError('slice', inputs, 'there must be a length for every axis');
      return [{ shape: lengths, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { starts, steps } }) => {
      if (g === undefined || isEmpty(g.shape)) return [undefined];
      return [spread(g, at(inputs, 0).shape, starts, steps)];
    },
    batch: ({ inputs, attributes, size }) => [
      sliceAll(at(inputs, 0), [0, ...attributes.starts], [size, ...attributes.lengths], [1, ...attributes.steps]),
    ],
    emit: (context, { inputs, attributes: { starts, lengths, steps } }, names) => {
      const x = at(inputs, 0);
      const axes = steps.flatMap((step, axis) =>
        step === 1 && at(starts, axis) === 0 && at(lengths, axis) === at(x.shape, axis) ? [] : [axis],
      );
      const begin = axes.map((axis) => at(starts, axis));
      const end = axes.map((axis) => {
        const step = at(steps, axis);
        const stop = addDimensions(at(starts, axis), multiplyDimensions(at(lengths, axis), step));
        // An end before the front would be read as counted from the end.
        return step < 0 && (typeof stop !== 'number' || stop < 0) ? -2_147_483_648 : stop;
      });
      const list = (values: readonly number[]): string => context.constant('int64', [values.length], values);
      return [
        context.add('Slice', [
          at(names, 0),
          context.lengths(begin),
          context.lengths(end),
          list(axes),
          list(axes.map((axis) => at(steps, axis))),
        ]),
      ];
    },
    evaluate: ([input], { starts, steps }, outputs) => {
      if (input === undefined) return [];
      const { shape } = at(outputs, 0);
      const own = stridesOf(input.shape);
      const origin = concrete(starts).reduce((offset, start, axis) => offset + start * at(own, axis), 0);
      const strides = steps.map((step, axis) => step * at(own, axis));
      const out = new Float64Array(count(shape));
      walk(shape, strides, (offset, flat) => {
        out[flat] = at(numbers(input.data), origin + offset);
      });
      return [out];
    },
  },
  pad: {
    summary: 'elements of one value before, after and between those of a tensor',
    infer: (inputs, { before, after, between }) => {
      const x = at(inputs, 0);
      if (before.length !== x.shape.length) throw opError('pad', inputs, 'there must be widths for every axis');
      if ([...before, ...after].some((width) => typeof width === 'number' && width < 0)) {
        throw opError(
          'pad',
          inputs,
          `widths must not be negative: they are ${formatShape(before)}, ${formatShape(after)}`,
        );
      }
      const shape = x.shape.map((length, axis) => {
        const inner = at(between, axis);
        const wide =
          inner === 0 || length === 0 ? length : subtractDimensions(multiplyDimensions(length, inner + 1), inner);
        return addDimensions(wide, addDimensions(at(before, axis), at(after, axis)));
      });
      return [{ shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { before, between } }) => [
      g &&
        sliceAll(
          g,
          before,
          at(inputs, 0).shape,
          between.map((gap) => gap + 1),
        ),
    ],
    batch: ({ inputs, attributes: { before, after, between, value } }) =>
      makeNode('pad', inputs, { before: [0, ...before], after: [0, ...after], between: [0, ...between], value }),
    emit: (context, node, names) => {
      const { before, after, value } = node.attributes;
      const current = emitBetween(context, node, at(names, 0));
      const { dtype } = at(node.inputs, 0);
      return [
        context.add('Pad', [current, context.lengths([...before, ...after]), context.constant(dtype, [], [value])]),
      ];
    },
    evaluate: ([input], { before, between, value }, outputs) => {
      if (input === undefined) return [];
      const { shape } = at(outputs, 0);
      const own = stridesOf(shape);
      const origin = concrete(before).reduce((offset, width, axis) => offset + width * at(own, axis), 0);
      const out = new Float64Array(count(shape)).fill(value);
      const strides = between.map((gap, axis) => (gap + 1) * at(own, axis));
      walk(input.shape, strides, (offset, flat) => {
        out[origin + offset] = at(numbers(input.data), flat);
      });
      return [out];
    },
  },
};
