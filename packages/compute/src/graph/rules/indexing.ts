import { add, cast, mul } from '../build/elementwise.ts';
import { gather, gatherAlong, scatterAdd, scatterAddAlong } from '../build/indexing.ts';
import { moveAxis, reshape, transpose } from '../build/shaping.ts';
import { dimensionSize, iota, zerosLike } from '../build/sources.ts';
import { formatShape, sameShape, sizeOf, type Dimension, type Shape } from '../dimension.ts';
import { isFloating } from '../dtype.ts';
import { opError } from '../errors.ts';
import type { BatchContext, EmitContext, HostArray, OpTable } from '../rule.ts';
import { makeNode, type Node, type Tensor } from '../tensor.ts';
import { checkTypes } from './elementwise.ts';
import { onnxDataCode } from './special.ts';
import { widened } from './widened.ts';
import { around, at, batchedInput, count, int, ints, numbers, text } from './helpers.ts';

type IndexingRows = Pick<OpTable, 'gather' | 'scatterAdd' | 'gatherAlong' | 'scatterAddAlong' | 'oneHot' | 'topK'>;

function checkIndices(op: string, inputs: readonly Tensor[], indices: Tensor): void {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32')
    throw opError(op, inputs, 'the indices must be int64 or int32');
}

const gathered = (x: Tensor, indices: Tensor, axis: number): Shape => x.shape.toSpliced(axis, 1, ...indices.shape);

/** Indices into the rows of all batches, laid one after another. */
function offsetIndices(indices: Tensor, rows: Dimension, size: Dimension): Tensor {
  const wide = cast(indices, 'int64');
  const first = mul(iota(size), dimensionSize(rows, 'int64'));
  return add(wide, reshape(first, [size, ...indices.shape.slice(1).map(() => 1)]));
}

/** [size, …, axis, …] → [size · axis, …others] */
function longRows(x: Tensor, axis: number): { long: Tensor; rows: Dimension } {
  const front = moveAxis(x, axis + 1, 1);
  const [size, rows, ...others] = front.shape as [Dimension, Dimension, ...Dimension[]];
  return { long: reshape(front, [sizeOf([size, rows]), ...others]), rows };
}

function batchGather(context: BatchContext<'gather'>): readonly Tensor[] {
  const { inputs, batched, attributes, size } = context;
  const { axis } = attributes;
  const x = at(inputs, 0);
  const indices = at(inputs, 1);
  if (!at(batched, 1)) return [gather(x, indices, axis + 1)];
  if (!at(batched, 0)) return [moveAxis(gather(x, indices, axis), axis, 0)];
  const { long, rows } = longRows(x, axis);
  const taken = gather(long, offsetIndices(indices, rows, size), 0);
  // [size, …indices, …others] → the indices' axes go back behind the `axis` axes that stood before them.
  const places = indices.shape.length - 1;
  const rest = taken.shape.map((_, i) => i).slice(1 + places);
  const moved = Array.from({ length: places }, (_, i) => i + 1);
  return [transpose(taken, [0, ...rest.slice(0, axis), ...moved, ...rest.slice(axis)])];
}

function batchScatter(context: BatchContext<'scatterAdd'>): readonly Tensor[] {
  const { size, attributes, node } = context;
  const { axis } = attributes;
  const [x, indices, updates] = [0, 1, 2].map((index) => batchedInput(context, index)) as [Tensor, Tensor, Tensor];
  const { long, rows } = longRows(x, axis);
  const places = at(node.inputs, 1).shape.length;
  const order = updates.shape.map((_, i) => i).slice(1);
  const moved = order.slice(axis, axis + places);
  const front = transpose(updates, [0, ...moved, ...order.slice(0, axis), ...order.slice(axis + places)]);
  const sum = scatterAdd(long, offsetIndices(indices, rows, size), front, 0);
  return [moveAxis(reshape(sum, [size, rows, ...sum.shape.slice(1)]), 1, axis + 1)];
}

function placeOf(indices: HostArray, index: number, length: number): number {
  const raw = at(numbers(indices.data), index);
  const place = raw < 0 ? raw + length : raw;
  if (place >= 0 && place < length) return place;
  throw new RangeError(`cannot gather or scatter, as an index must be below ${length}: it is ${raw}`);
}

/** Pairs each place of the slices with the place of the tensor it stands for. */
function pairSlices(
  shape: readonly number[],
  axis: number,
  indices: HostArray,
  visit: (whole: number, part: number) => void,
): void {
  const { before, along, after } = around(shape, axis);
  const picks = indices.data.length;
  for (let outer = 0; outer < before; outer += 1) {
    for (let pick = 0; pick < picks; pick += 1) {
      const from = (outer * along + placeOf(indices, pick, along)) * after;
      const to = (outer * picks + pick) * after;
      for (let inner = 0; inner < after; inner += 1) visit(from + inner, to + inner);
    }
  }
}

function pairElements(
  shape: readonly number[],
  axis: number,
  indices: HostArray,
  visit: (whole: number, part: number) => void,
): void {
  const { along, after } = around(shape, axis);
  const own = at(indices.shape, axis);
  for (let part = 0; part < indices.data.length; part += 1) {
    const outer = Math.floor(part / (own * after));
    visit((outer * along + placeOf(indices, part, along)) * after + (part % after), part);
  }
}

const emitScatterNd = (context: EmitContext, x: string, indices: string, updates: string): string => {
  const wide = context.add('Cast', [indices], [int('to', onnxDataCode('int64'))]);
  const places = context.add('Unsqueeze', [wide, context.constant('int64', [1], [-1])]);
  return context.add('ScatterND', [x, places, updates], [text('reduction', 'add')]);
};

/**
 * ONNX Runtime divides by the number of rows that it sorts, and takes the process with it where there is none: then
 * nothing is sorted, and where the number is not known yet, there is one more row.
 */
function emitTopK(context: EmitContext, node: Node<'topK'>, names: readonly string[]): readonly string[] {
  const { axis, k, largest } = node.attributes;
  const x = at(node.inputs, 0);
  const others = x.shape.map((length, index) => (index === axis ? 1 : length));
  if (others.includes(0))
    return node.outputs.map(({ dtype, shape }) =>
      context.add('Expand', [context.constant(dtype, [], [0]), context.lengths(shape)]),
    );
  const open = others.flatMap((length, index) => (typeof length === 'number' ? [] : [index]));
  const widths = [...others.map(() => 0), ...others.map((_, index) => Number(open.includes(index)))];
  const given = open.length === 0 ? at(names, 0) : context.add('Pad', [at(names, 0), context.lengths(widths)]);
  const ranked = context.addMany('TopK', [given, context.lengths([k])], 2, [
    int('axis', axis),
    int('largest', Number(largest)),
    int('sorted', 1),
  ]);
  if (open.length === 0) return ranked;
  const bounds = [open.map(() => 0), open.map((index) => at(others, index)), open].map(context.lengths);
  return ranked.map((name) => context.add('Slice', [name, ...bounds]));
}

const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));

export const indexingRows: IndexingRows = {
  gather: {
    summary: 'whole slices along an axis, by index',
    infer: (inputs, { axis }) => {
      checkIndices('gather', inputs, at(inputs, 1));
      return [{ shape: gathered(at(inputs, 0), at(inputs, 1), axis), dtype: at(inputs, 0).dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { axis } }) => [
      g && isFloating(g.dtype) ? scatterAdd(zerosLike(at(inputs, 0)), at(inputs, 1), g, axis) : undefined,
      undefined,
    ],
    batch: batchGather,
    emit: (context, node, names) => [context.add('Gather', names, [int('axis', node.attributes.axis)])],
    evaluate: (inputs, { axis }, outputs) => {
      const out = new Float64Array(count(at(outputs, 0).shape));
      const x = at(inputs, 0);
      pairSlices(x.shape, axis, at(inputs, 1), (whole, part) => {
        out[part] = at(numbers(x.data), whole);
      });
      return [out];
    },
  },
  scatterAdd: {
    summary: 'slices added to a tensor at indices along an axis; repeated indices add up',
    infer: (inputs, { axis }) => {
      const [x, indices, updates] = inputs as [Tensor, Tensor, Tensor];
      checkIndices('scatterAdd', inputs, indices);
      checkTypes('scatterAdd', [x, updates], 'number');
      const shape = gathered(x, indices, axis);
      if (!sameShape(updates.shape, shape) || updates.dtype !== x.dtype) {
        throw opError('scatterAdd', inputs, `the updates must be ${x.dtype}${formatShape(shape)}`);
      }
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { axis } }) =>
      g === undefined ? [undefined, undefined, undefined] : [g, undefined, gather(g, at(inputs, 1), axis)],
    batch: batchScatter,
    emit: (context, node, names) => {
      const { axis } = node.attributes;
      const [x, indices, updates] = names as [string, string, string];
      if (axis === 0) return [emitScatterNd(context, x, indices, updates)];
      const turn = (name: string, order: readonly number[]): string =>
        context.add('Transpose', [name], [ints('perm', order)]);
      const axes = at(node.inputs, 0).shape.map((_, i) => i);
      const front = [axis, ...axes.filter((i) => i !== axis)];
      const places = at(node.inputs, 1).shape.length;
      const all = at(node.inputs, 2).shape.map((_, i) => i);
      const moved = [...all.slice(axis, axis + places), ...all.slice(0, axis), ...all.slice(axis + places)];
      return [turn(emitScatterNd(context, turn(x, front), indices, turn(updates, moved)), inverse(front))];
    },
    evaluate: (inputs, { axis }) => {
      const x = at(inputs, 0);
      const out = x.data.slice();
      pairSlices(x.shape, axis, at(inputs, 1), (whole, part) => {
        out[whole] = at(numbers(out), whole) + at(numbers(at(inputs, 2).data), part);
      });
      return [out];
    },
  },
  gatherAlong: {
    summary: 'one element per index along an axis',
    infer: (inputs, { axis }) => {
      const [x, indices] = inputs as [Tensor, Tensor];
      checkIndices('gatherAlong', inputs, indices);
      if (
        x.shape.length !== indices.shape.length ||
        !sameShape(x.shape.toSpliced(axis, 1), indices.shape.toSpliced(axis, 1))
      ) {
        throw opError('gatherAlong', inputs, `lengths must be equal on every axis but ${axis}`);
      }
      return [{ shape: indices.shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { axis } }) => [
      g && isFloating(g.dtype) ? scatterAddAlong(zerosLike(at(inputs, 0)), at(inputs, 1), g, axis) : undefined,
      undefined,
    ],
    batch: (context) => [gatherAlong(batchedInput(context, 0), batchedInput(context, 1), context.attributes.axis + 1)],
    emit: (context, node, names) => [context.add('GatherElements', names, [int('axis', node.attributes.axis)])],
    evaluate: (inputs, { axis }, outputs) => {
      const out = new Float64Array(count(at(outputs, 0).shape));
      pairElements(at(inputs, 0).shape, axis, at(inputs, 1), (whole, part) => {
        out[part] = at(numbers(at(inputs, 0).data), whole);
      });
      return [out];
    },
  },
  scatterAddAlong: {
    summary: 'one element per index added to a tensor along an axis; repeated indices add up',
    infer: (inputs, { axis }) => {
      const [x, indices, updates] = inputs as [Tensor, Tensor, Tensor];
      checkIndices('scatterAddAlong', inputs, indices);
      checkTypes('scatterAddAlong', [x, updates], 'number');
      const fits = sameShape(x.shape.toSpliced(axis, 1), indices.shape.toSpliced(axis, 1));
      if (!fits || !sameShape(indices.shape, updates.shape) || updates.dtype !== x.dtype) {
        throw opError(
          'scatterAddAlong',
          inputs,
          `indices and updates must be equally long, and as x on every axis but ${axis}`,
        );
      }
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    gradient: ({ inputs, gradients: [g], attributes: { axis } }) =>
      g === undefined ? [undefined, undefined, undefined] : [g, undefined, gatherAlong(g, at(inputs, 1), axis)],
    batch: (context) => [
      scatterAddAlong(
        batchedInput(context, 0),
        batchedInput(context, 1),
        batchedInput(context, 2),
        context.attributes.axis + 1,
      ),
    ],
    emit: (context, node, names) => [
      context.add('ScatterElements', names, [int('axis', node.attributes.axis), text('reduction', 'add')]),
    ],
    evaluate: (inputs, { axis }) => {
      const x = at(inputs, 0);
      const out = x.data.slice();
      pairElements(x.shape, axis, at(inputs, 1), (whole, part) => {
        out[whole] = at(numbers(out), whole) + at(numbers(at(inputs, 2).data), part);
      });
      return [out];
    },
  },
  oneHot: {
    summary: 'a new last axis, 1 at the index and 0 elsewhere; an index out of range gives zeros',
    infer: (inputs, { depth, dtype }) => {
      checkIndices('oneHot', inputs, at(inputs, 0));
      return [{ shape: [...at(inputs, 0).shape, depth], dtype }];
    },
    gradient: null,
    why: 'its input is whole numbers',
    batch: ({ inputs, attributes }) => makeNode('oneHot', inputs, attributes),
    emit: (context, node, names) => {
      const { depth, dtype } = node.attributes;
      const scalar = (value: number): string => context.constant('int64', [], [value]);
      const range = context.add('Range', [scalar(0), context.add('Squeeze', [context.lengths([depth])]), scalar(1)]);
      const wide = context.add('Cast', [at(names, 0)], [int('to', onnxDataCode('int64'))]);
      const column = context.add('Unsqueeze', [wide, context.constant('int64', [1], [-1])]);
      return [context.add('Cast', [context.add('Equal', [column, range])], [int('to', onnxDataCode(dtype))])];
    },
    evaluate: ([indices], _attributes, outputs) => {
      const { shape } = at(outputs, 0);
      const depth = at(shape, shape.length - 1);
      const data = numbers(indices?.data ?? new Float64Array());
      return [
        new Float64Array(count(shape)).map((_, flat) => Number(at(data, Math.floor(flat / depth)) === flat % depth)),
      ];
    },
  },
  topK: {
    summary:
      'the k largest or smallest elements along an axis in order, and where they were (int64); sorts if k is the length',
    infer: (inputs, { axis, k }) => {
      const x = at(inputs, 0);
      const whole = at(x.shape, axis);
      checkTypes('topK', inputs, 'number');
      if (typeof k === 'number' && typeof whole === 'number' && (k < 0 || k > whole)) {
        throw opError('topK', inputs, `k must be within 0 to ${whole}: it is ${k}`);
      }
      const shape = x.shape.with(axis, k);
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: 'int64' },
      ];
    },
    gradient: ({ inputs, outputs, gradients: [g], attributes: { axis } }) => [
      g && isFloating(g.dtype) ? scatterAddAlong(zerosLike(at(inputs, 0)), at(outputs, 1), g, axis) : undefined,
    ],
    batch: ({ inputs, attributes }) => makeNode('topK', inputs, { ...attributes, axis: attributes.axis + 1 }),
    emit: widened(emitTopK),
    evaluate: ([input], { axis, largest }, outputs) => {
      if (input === undefined) return [];
      const { shape } = at(outputs, 0);
      const { along, after, before } = around(input.shape, axis);
      const kept = at(shape, axis);
      const values = new Float64Array(count(shape));
      const places = new Float64Array(count(shape));
      const data = numbers(input.data);
      for (let row = 0; row < before * after; row += 1) {
        const outer = Math.floor(row / after);
        const base = outer * along * after + (row % after);
        const order = Array.from({ length: along }, (_, step) => step).toSorted((p, q) => {
          const difference = at(data, base + p * after) - at(data, base + q * after);
          return (largest ? -difference : difference) || p - q;
        });
        for (const [rank, step] of order.slice(0, kept).entries()) {
          const to = (outer * kept + rank) * after + (row % after);
          values[to] = at(data, base + step * after);
          places[to] = step;
        }
      }
      return [values, places];
    },
  },
};
