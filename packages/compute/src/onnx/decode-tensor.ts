import { FileFormatError } from '../files/format-error.ts';
import { fields } from './fields.ts';
import type { OnnxDataType, OnnxExternalData, OnnxTensor } from './types.ts';
import { onnxDataTypes } from './types.ts';
import type { WireReader } from './wire-reader.ts';

const largestRank = 64;
const namesByCode = new Map<number | bigint, OnnxDataType>(
  (Object.keys(onnxDataTypes) as OnnxDataType[]).map((name) => [onnxDataTypes[name].code, name]),
);

/** The name of an element type by ONNX's number. */
export function dataTypeOf(code: number | bigint, what: string): OnnxDataType {
  const name = namesByCode.get(code);
  if (name === undefined)
    throw new FileFormatError(`cannot read ${what}, as its element type must be known here: it is number ${code}`);
  return name;
}

/** Reads `key` and `value` of an entry. */
export function readEntry(reader: WireReader): [string, string] {
  let key = '';
  let value = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === fields.entry.key) key = reader.text();
    else if (field === fields.entry.value) value = reader.text();
    else reader.skip();
  }
  return [key, value];
}

/** The bytes that elements of a shape take, checked so that no product of sizes can be forged beyond what is exact. */
function tensorBytes(dims: readonly (number | bigint)[], dataType: OnnxDataType, what: string): number {
  if (dims.length > largestRank)
    throw new FileFormatError(`cannot read ${what}, as it may have at most ${largestRank} dimensions: ${dims.length}`);
  const sizes = dims.map((size) => {
    if (typeof size === 'number' && size >= 0) return size;
    throw new FileFormatError(`cannot read ${what}, as its sizes must be from 0 to 2^53 - 1: one is ${size}`);
  });
  const elements = sizes.includes(0) ? 0 : sizes.reduce((product, size) => product * size, 1);
  const bytes = Math.ceil((elements * onnxDataTypes[dataType].bits) / 8);
  if (!Number.isSafeInteger(bytes))
    throw new FileFormatError(`cannot read ${what}, as its size must be at most 2^53 - 1 bytes: it is ${bytes}`);
  return bytes;
}

function externalDataOf(entries: ReadonlyMap<string, string>, what: string): OnnxExternalData {
  const location = entries.get('location') ?? '';
  const amounts = ['offset', 'length'].map((key) => {
    const text = entries.get(key) ?? '0';
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new FileFormatError(
      `cannot read ${what}, as its ${key} must be a count of bytes: it is ${text.slice(0, 40)}`,
    );
  });
  const [offset = 0, lengthBytes = 0] = amounts;
  // A path that leaves the folder of the model would read any file of the machine.
  if (location === '' || /^([/\\]|[a-z]:)|\0/i.test(location) || location.split(/[/\\]/).includes('..'))
    throw new FileFormatError(
      `cannot read ${what}, as its data must lie in a file below the model's folder: ${JSON.stringify(location.slice(0, 200))}`,
    );
  return entries.has('length') ? { location, offset, lengthBytes } : { location, offset };
}

/** Numbers of the typed fields, laid out as raw data. */
function packNumbers(values: readonly (number | bigint)[], dataType: OnnxDataType, what: string): Uint8Array {
  const { bits } = onnxDataTypes[dataType];
  const stored = bits < 8 ? 8 : bits;
  const view = new DataView(new ArrayBuffer((values.length * stored) / 8));
  for (const [index, value] of values.entries()) {
    const whole = BigInt(value);
    if (stored === 8) view.setUint8(index, Number(BigInt.asUintN(8, whole)));
    else if (stored === 16) view.setUint16(index * 2, Number(BigInt.asUintN(16, whole)), true);
    else if (stored === 32) view.setUint32(index * 4, Number(BigInt.asUintN(32, whole)), true);
    else if (stored === 64) view.setBigUint64(index * 8, BigInt.asUintN(64, whole), true);
    else throw new FileFormatError(`cannot read ${what}, as ${dataType} must be raw data: it is a list of integers`);
  }
  return new Uint8Array(view.buffer);
}

/** Reads a TensorProto; its data is a view of the file wherever the file has it raw. */
export function readTensor(reader: WireReader): OnnxTensor {
  const dims: (number | bigint)[] = [];
  const entries = new Map<string, string>();
  let code: number | bigint = 0;
  let name = '';
  let raw: Uint8Array | null = null;
  let packed: Uint8Array | null = null;
  const integers: (number | bigint)[] = [];
  let external = false;
  const field = fields.tensor;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === field.dims) reader.integers(dims);
    else if (number === field.dataType) code = reader.integer();
    else if (number === field.name) name = reader.text();
    else if (number === field.rawData) raw = reader.bytes();
    // Packed floats and doubles are laid out as raw data is.
    else if (number === field.floatData || number === field.doubleData) packed = reader.bytes();
    else if (number === field.int32Data || number === field.int64Data || number === field.uint64Data)
      reader.integers(integers);
    else if (number === field.externalData) entries.set(...reader.message(readEntry));
    else if (number === field.dataLocation) external = reader.integer() === 1;
    else reader.skip();
  }
  const what = `tensor ${JSON.stringify(name.slice(0, 80))}`;
  const dataType = dataTypeOf(code, what);
  if (onnxDataTypes[dataType].bits === 0)
    throw new FileFormatError(`cannot read ${what}, as its elements must have a fixed size: they are ${dataType}`);
  const expected = tensorBytes(dims, dataType, what);
  const result = { name, dataType, dims: dims.map(Number) };
  if (external) return { ...result, data: externalDataOf(entries, what) };
  const data = raw ?? packed ?? packNumbers(integers, dataType, what);
  if (data.length !== expected)
    throw new FileFormatError(`cannot read ${what}, as its data must be ${expected} bytes: it is ${data.length}`);
  return { ...result, data };
}
