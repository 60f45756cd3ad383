import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileDataTypes, elementsOver, type FileDataType, type FileTensors } from './file-tensor.ts';
import { FileFormatError } from './format-error.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const tensors: FileTensors = {
  w: { dataType: 'float32', shape: [2, 2], data: Float32Array.of(1, -0, NaN, Infinity) },
  mask: { dataType: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  count: { dataType: 'int64', shape: [], data: BigInt64Array.of(-(2n ** 63n)) },
  none: { dataType: 'float16', shape: [0, 7], data: new Uint16Array() },
};

/** A file of a header as it is given, with zeros for data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function entry(begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = 'F32'): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}

test('a file is its header and its data, byte for byte', () => {
  const bytes = encodeSafetensors({ a: { dataType: 'uint8', shape: [2], data: Uint8Array.of(7, 8) } });
  const json = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   ';
  expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(json.length));
  expect(new TextDecoder().decode(bytes.subarray(8, -2))).toBe(json);
  expect([...bytes.subarray(-2)]).toStrictEqual([7, 8]);
});

test('all that is written comes back, in place', () => {
  const metadata = { format: 'pt', ü: '\0' };
  const bytes = encodeSafetensors(tensors, metadata);
  const read = decodeSafetensors(bytes);
  expect(read).toStrictEqual({ tensors, metadata });
  expect(read.tensors.w?.data.buffer).toBe(bytes.buffer);
  expect(Object.is(read.tensors.w?.data[1], -0)).toBe(true);
});

test('data that is not aligned is read all the same', () => {
  const bytes = fileOf({ a: entry(0, 1, [1], 'U8'), b: entry(1, 9, [1], 'F64') }, 9);
  new DataView(bytes.buffer).setFloat64(bytes.length - 8, 0.1, true);
  expect(decodeSafetensors(bytes).tensors.b?.data[0]).toBe(0.1);
});

test('every type comes back bit for bit', () => {
  const dataType = fc.constantFrom(...(Object.keys(fileDataTypes) as FileDataType[]));
  fc.assert(
    fc.property(
      dataType,
      fc.array(fc.nat(4), { maxLength: 4 }),
      fc.infiniteStream(fc.nat(255)),
      (type, shape, stream) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const bytes = Uint8Array.from(stream.take(count * fileDataTypes[type].view.BYTES_PER_ELEMENT));
        const given = { t: { dataType: type, shape, data: elementsOver(bytes, type) } };
        const { t } = decodeSafetensors(encodeSafetensors(given)).tensors;
        expect(t).toMatchObject({ dataType: type, shape });
        expect(new Uint8Array(t?.data.slice().buffer ?? new ArrayBuffer())).toStrictEqual(bytes);
      },
    ),
  );
});

test.each([
  ['an empty file', new Uint8Array(), 'at least 8 bytes'],
  ['a header beyond the limit', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x7f), 'its header may have at most'],
  ['a header beyond the file', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b), 'its header must lie in the file'],
  ['no JSON', fileOf('{', 0), 'must be JSON'],
  ['a list', fileOf([], 0), 'its header must be an object'],
  ['a number for a tensor', fileOf({ a: 3 }, 0), '"a" must be an object'],
  ['an unknown type', fileOf({ a: entry(0, 4, [1], 'F33') }, 4), '"a" must be of type'],
  ['a negative size', fileOf({ a: entry(0, 4, [-1]) }, 4), 'a whole number from 0'],
  ['a size that is a text', fileOf({ a: entry(0, 4, ['1']) }, 4), 'a whole number from 0'],
  ['huge sizes', fileOf({ a: entry(0, 4, [2 ** 40, 2 ** 40]) }, 4), '"a" must take'],
  ['too few bytes for the shape', fileOf({ a: entry(0, 4, [2]) }, 4), 'must take 8 bytes'],
  ['an end before the begin', fileOf({ a: entry(8, 4, [1]) }, 8), 'its offsets say -4'],
  ['overlapping tensors', fileOf({ a: entry(0, 8), b: entry(4, 12) }, 12), '"b" must begin at byte 8'],
  ['a gap between tensors', fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12), 'the data must have no gap'],
  ['data that no tensor has', fileOf({ a: entry(0, 4) }, 8), '4 of 8 bytes'],
  ['a tensor beyond the file', fileOf({ a: entry(0, 8) }, 4), '8 of 4 bytes'],
  ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }, 0), 'its metadata must be texts'],
])('%s is refused', (_name, bytes, reason) => {
  expect(() => decodeSafetensors(bytes)).toThrow(FileFormatError);
  expect(() => decodeSafetensors(bytes)).toThrow(reason);
});

test('names that mean something to JavaScript are names like others', () => {
  const bytes = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
  expect(Object.keys(decodeSafetensors(bytes).tensors)).toStrictEqual(['__proto__']);
});

test('a header of brackets, however deep, is refused', () => {
  expect(() => decodeSafetensors(fileOf('['.repeat(500_000), 0))).toThrow(FileFormatError);
  expect(() => decodeSafetensors(fileOf(`{"a":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 0))).toThrow(
    FileFormatError,
  );
});

test('random, damaged and truncated files are read or refused', () => {
  const real = encodeSafetensors(tensors, { a: 'b' });
  const damage = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { maxLength: 4 });
  const damaged = fc.tuple(damage, fc.nat(real.length)).map(([changes, length]) => {
    const bytes = real.slice();
    for (const [at, value] of changes) bytes[at] = value;
    return length % 3 === 0 ? bytes : bytes.subarray(0, length);
  });
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((json) => fileOf(json, 4)),
      ),
      (bytes) => {
        let error: unknown = null;
        try {
          decodeSafetensors(bytes);
        } catch (caught) {
          error = caught;
        }
        expect(error === null || error instanceof FileFormatError).toBe(true);
      },
    ),
    // As many as are quick by default; HEED_FUZZ_RUNS=1000000 runs as many as wanted.
    { numRuns: Number(process.env['HEED_FUZZ_RUNS'] ?? 5000) },
  );
});

test('whatever size is claimed, no memory is taken for it', () => {
  const before = process.memoryUsage().arrayBuffers;
  for (const size of [2 ** 20, 2 ** 31, 2 ** 40, 2 ** 52]) {
    const claims = [entry(0, size, [size / 4]), entry(0, 4, [size]), entry(0, 0, [size, 0, 2]), entry(size, size + 4)];
    for (const claim of claims.filter((_, index) => index !== 2))
      expect(() => decodeSafetensors(fileOf({ a: claim }, 4))).toThrow(FileFormatError);
    expect(decodeSafetensors(fileOf({ a: claims[2] }, 0)).tensors.a?.shape).toEqual([size, 0, 2]);
    const header = new Uint8Array(64);
    new DataView(header.buffer).setBigUint64(0, BigInt(size), true);
    expect(() => decodeSafetensors(header)).toThrow(FileFormatError);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

test('tensors that do not fit their shape are not written', () => {
  const data = Float32Array.of(1);
  expect(() => encodeSafetensors({ a: { dataType: 'float32', shape: [2], data } })).toThrow('a must be float32 [2]');
  expect(() => encodeSafetensors({ a: { dataType: 'int32', shape: [1], data } })).toThrow('it is Float32Array of 1');
  expect(() => encodeSafetensors({ __metadata__: { dataType: 'float32', shape: [1], data } })).toThrow('may be named');
});
