import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileFormatError } from '../files/format-error.ts';
import { decodeModel } from './decode.ts';
import { encodeModel } from './encode.ts';
import { branchingModel, linearModel, oddModel } from './testing-models.ts';
import { WireWriter } from './wire-writer.ts';

// As many as are quick by default; HEED_FUZZ_RUNS=1000000 runs as many as wanted.
const numRuns = Number(process.env['HEED_FUZZ_RUNS'] ?? 5000);
const real = [linearModel, branchingModel, oddModel].map((model) => encodeModel(model));

/** True if the bytes are read, or refused in the way that is promised; any other error is thrown on. */
function isHandled(bytes: Uint8Array): boolean {
  try {
    decodeModel(bytes);
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
  }
  return true;
}

function modelWith(write: (graph: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  writer.message(7, write);
  return writer.finish();
}

function tensorOf(dims: readonly (number | bigint)[], dataType: number, dataBytes: number): Uint8Array {
  return modelWith((graph) => {
    graph.message(5, (tensor) => {
      for (const size of dims) tensor.integer(1, size);
      tensor.integer(2, dataType);
      tensor.bytes(9, new Uint8Array(dataBytes));
    });
  });
}

test('random bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(isHandled(bytes)).toBe(true);
    }),
    { numRuns },
  );
});

test('damaged models are read or refused', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...real), damage, (model, changes) => {
      const bytes = model.slice();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      expect(isHandled(bytes)).toBe(true);
    }),
    { numRuns },
  );
});

test('models with pieces cut out, doubled or put elsewhere are read or refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...real), fc.nat(), fc.nat(), fc.nat(), (model, a, b, c) => {
      const [start, end, target] = [a, b, c].map((value) => value % model.length) as [number, number, number];
      const piece = model.subarray(Math.min(start, end), Math.max(start, end));
      const joined = Buffer.concat([model.subarray(0, target), piece, model.subarray(target)]);
      const cut = Buffer.concat([model.subarray(0, start), model.subarray(Math.max(start, end))]);
      expect(isHandled(joined) && isHandled(cut)).toBe(true);
    }),
    { numRuns: 0.4 * numRuns },
  );
});

test('every truncation of a model is read or refused, and one inside the graph is refused', () => {
  for (const model of real) {
    for (let length = 0; length < model.length; length += 1) expect(isHandled(model.subarray(0, length))).toBe(true);
    expect(() => decodeModel(model.subarray(0, 40))).toThrow(/bytes must follow byte/);
  }
});

test.each([
  ['an empty file', new Uint8Array(), 'it must have a graph'],
  ['a length beyond the file', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f), 'bytes must follow byte'],
  ['a length beyond 32 bits', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), 'a length must lie within'],
  ['an overlong integer', Uint8Array.of(0x08, ...new Uint8Array(10).fill(0x80), 0), 'an integer must fit 64 bits'],
  ['an unfinished integer', Uint8Array.of(0x08, 0x80), '1 bytes must follow'],
  ['field number 0', Uint8Array.of(0x00, 0), 'a field must have a number'],
  ['wire type 3', Uint8Array.of(0x7b), 'a wire type must be 0, 1, 2 or 5'],
  ['a graph that is a number', Uint8Array.of(0x38, 1), 'the wire type must be 2'],
  ['a text that is not UTF-8', Uint8Array.of(0x12, 2, 0xc3, 0x28), 'a text must be UTF-8'],
  ['data that is too short', tensorOf([4], 1, 15), 'must be 16 bytes: it is 15'],
  ['huge sizes', tensorOf([2 ** 31, 2 ** 31], 1, 4), 'at most 2^53 - 1 bytes'],
  ['huge sizes whose product wraps round', tensorOf([2 ** 32, 2 ** 32, 0x7fffffff], 1, 0), 'at most 2^53 - 1 bytes'],
  ['a negative size', tensorOf([-1], 1, 0), 'sizes must be from 0'],
  ['a size beyond 2^53', tensorOf([2n ** 60n], 1, 0), 'sizes must be from 0'],
  [
    'too many dimensions',
    tensorOf(
      Array.from({ length: 65 }, () => 1),
      1,
      4,
    ),
    'at most 64 dimensions',
  ],
  ['an unknown element type', tensorOf([1], 99, 1), 'it is number 99'],
  ['text tensors', tensorOf([0], 8, 0), 'must have a fixed size'],
])('%s is refused', (_name, bytes, reason) => {
  expect(() => decodeModel(bytes)).toThrow(FileFormatError);
  expect(() => decodeModel(bytes)).toThrow(reason);
});

test('whatever size is claimed, no memory is taken for it', () => {
  const before = process.memoryUsage().arrayBuffers;
  const claims = [2 ** 20, 2 ** 31, 2 ** 40, 2 ** 50];
  for (const size of claims) {
    for (const type of [1, 2, 6, 7, 10, 11]) {
      for (const bytes of [tensorOf([size], type, 4), tensorOf([size, 0, 3], type, 4), tensorOf([1, size], type, 0)])
        expect(() => decodeModel(bytes)).toThrow(FileFormatError);
    }
    const external = modelWith((graph) => {
      graph.message(5, (tensor) => {
        tensor.integer(1, size);
        tensor.integer(2, 1);
        tensor.message(13, (entry) => {
          entry.text(1, 'location');
          entry.text(2, 'weights.bin');
        });
        tensor.integer(14, 1);
      });
    });
    expect(decodeModel(external).graph.initializers[0]?.dims).toEqual([size]);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('graphs in graphs are refused beyond the limit, however deep', () => {
  const nest = (graph: WireWriter, depth: number): void => {
    if (depth > 0)
      graph.message(1, (node) => {
        node.message(5, (attribute) => {
          attribute.message(6, (inner) => nest(inner, depth - 1));
          attribute.integer(20, 5);
        });
      });
  };
  expect(decodeModel(modelWith((graph) => nest(graph, 15))).graph.nodes).toHaveLength(1);
  expect(() => decodeModel(modelWith((graph) => nest(graph, 500)))).toThrow('at most 48 deep');
});

test('a file of a million empty nodes is refused before it fills the memory', () => {
  const bytes = modelWith((graph) => {
    for (let index = 0; index < 1_000_000; index += 1) graph.bytes(1, new Uint8Array());
  });
  expect(() => decodeModel(bytes, { maxParts: 1000 })).toThrow('at most 1000 parts');
});

test('external data outside the folder of the model is refused', () => {
  for (const location of ['/etc/passwd', '../x', 'a/../../x', String.raw`..\x`, 'C:/x', '', 'a\0b']) {
    const [first] = oddModel.graph.initializers;
    const tensor = { ...first, name: 't', dataType: 'int8', dims: [1], data: { location, offset: 0 } } as const;
    const model = { ...oddModel, graph: { ...oddModel.graph, initializers: [tensor] } };
    expect(() => decodeModel(encodeModel(model))).toThrow("in a file below the model's folder");
  }
});
