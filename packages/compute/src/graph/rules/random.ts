import { alignBatched, broadcastShapes } from '../broadcast.ts';
import { opError } from '../errors.ts';
import { philoxBlock } from '../../random/philox.ts';
import type { EmitContext, OpTable } from '../rule.ts';
import { makeNode, type Tensor } from '../tensor.ts';
import { at, count, int, numbers, stretched, text } from './helpers.ts';
import { onnxDataCode } from './special.ts';

const multipliers = [0xd2_51_1f_53, 0xcd_9e_8d_57] as const;
const weyl = [0x9e_37_79_b9, 0xbb_67_ae_85] as const;

/** The high and low halves of a 32 × 32 bit product. */
function emitWideProduct(c: EmitContext, x: string, multiplier: number): { high: string; low: string } {
  // Int64 products wrap, and the bits are those of the unsigned product.
  const wide = c.add('Cast', [x], [int('to', onnxDataCode('int64'))]);
  const product = c.add(
    'Cast',
    [c.add('Mul', [wide, c.constant('int64', [], [multiplier])])],
    [int('to', onnxDataCode('uint64'))],
  );
  const upper = c.add('BitShift', [product, c.constant('uint64', [], [32])], [text('direction', 'RIGHT')]);
  const narrow = (name: string): string => c.add('Cast', [name], [int('to', onnxDataCode('uint32'))]);
  return { high: narrow(upper), low: narrow(product) };
}

function emitPhilox(c: EmitContext, key: string, counter: string): string {
  const word = (from: string, index: number): string =>
    c.add('Slice', [
      from,
      c.constant('int64', [1], [index]),
      c.constant('int64', [1], [index + 1]),
      c.constant('int64', [1], [-1]),
    ]);
  const xor = (p: string, q: string): string => c.add('BitwiseXor', [p, q]);
  const bump = (from: string, round: number, by: number): string => {
    if (round === 0) return from;
    // Uint32 has no Add kernel: go through int64 and drop the carry.
    const wide = c.add('Add', [
      c.add('Cast', [from], [int('to', onnxDataCode('int64'))]),
      c.constant('int64', [], [(round * by) % 2 ** 32]),
    ]);
    return c.add(
      'Cast',
      [c.add('Cast', [wide], [int('to', onnxDataCode('uint64'))])],
      [int('to', onnxDataCode('uint32'))],
    );
  };
  let words = [0, 1, 2, 3].map((index) => word(counter, index)) as [string, string, string, string];
  const keys = [word(key, 0), word(key, 1)] as const;
  for (let round = 0; round < 10; round += 1) {
    const first = emitWideProduct(c, words[0], multipliers[0]);
    const second = emitWideProduct(c, words[2], multipliers[1]);
    words = [
      xor(xor(second.high, words[1]), bump(keys[0], round, weyl[0])),
      second.low,
      xor(xor(first.high, words[3]), bump(keys[1], round, weyl[1])),
      first.low,
    ];
  }
  return c.add('Concat', words, [int('axis', -1)]);
}

export const randomRows: Pick<OpTable, 'philox'> = {
  philox: {
    summary: 'Philox 4×32-10: blocks of four random words from keys [.., 2] and counters [.., 4] (uint32)',
    infer: (inputs) => {
      const [key, counter] = inputs as [Tensor, Tensor];
      const lead = broadcastShapes([key.shape.slice(0, -1), counter.shape.slice(0, -1)]);
      const fits =
        key.shape.at(-1) === 2 && counter.shape.at(-1) === 4 && key.dtype === 'uint32' && counter.dtype === 'uint32';
      if (!fits || lead === undefined)
        throw opError('philox', inputs, 'keys must be uint32 [.., 2] and counters uint32 [.., 4]');
      return [{ shape: [...lead, 4], dtype: 'uint32' }];
    },
    gradient: null,
    why: 'random bits depend on nothing that has a gradient',
    batch: ({ node, inputs, batched, attributes }) => {
      const rank = Math.max(...node.inputs.map((input) => input.shape.length));
      return makeNode(
        'philox',
        inputs.map((input, index) => (at(batched, index) ? alignBatched(input, rank) : input)),
        attributes,
      );
    },
    emit: (context, _node, names) => [emitPhilox(context, at(names, 0), at(names, 1))],
    evaluate: (inputs, _attributes, outputs) => {
      const { shape } = at(outputs, 0);
      const lead = shape.slice(0, -1);
      const keys = numbers(stretched(at(inputs, 0), [...lead, 2]));
      const counters = numbers(stretched(at(inputs, 1), [...lead, 4]));
      const out = new Float64Array(count(shape));
      for (let block = 0; block < count(lead); block += 1) {
        const counter = [0, 1, 2, 3].map((word) => at(counters, block * 4 + word)) as [number, number, number, number];
        out.set(philoxBlock([at(keys, block * 2), at(keys, block * 2 + 1)], counter), block * 4);
      }
      return [out];
    },
  },
};
