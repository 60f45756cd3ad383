import { bytesOf, elementsOver, fileDataTypes, type FileTensor, type FileTensors } from './file-tensor.ts';
import {
  defaultSafetensorsLimits,
  headerLength,
  lengthBytes,
  metadataKey,
  parseHeader,
  type SafetensorsLimits,
} from './safetensors-header.ts';

export interface SafetensorsContent {
  readonly tensors: FileTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

function checkTensor(name: string, { dataType, shape, data }: FileTensor): void {
  const { view } = fileDataTypes[dataType];
  const count = shape.reduce((product, size) => product * size, 1);
  if (name === metadataKey) throw new TypeError(`cannot write safetensors, as no tensor may be named ${metadataKey}`);
  if (!(data instanceof view) || data.length !== count)
    throw new TypeError(
      `cannot write safetensors, as ${name} must be ${dataType} [${shape.join(', ')}], ${count} elements: it is ${data.constructor.name} of ${data.length}`,
    );
}

/**
 * Lays tensors out as a safetensors file, in pieces to be written one after the other: no tensor is copied.
 *
 * Wider elements come first, so that every tensor is aligned; within a width, the order is by name.
 *
 * @throws {TypeError} Where the elements of a tensor do not fit its type and shape.
 * @source the format of the safetensors library
 */
export function safetensorsPieces(tensors: FileTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(name, tensor);
  const ordered = Object.entries(tensors).toSorted(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : Number(nameA > nameB)),
  );
  let offset = 0;
  const entries = ordered.map(([name, { dataType, shape, data }]) => {
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: fileDataTypes[dataType].tag, shape, data_offsets: [begin, offset] }] as const;
  });
  const about = Object.keys(metadata).length === 0 ? [] : [[metadataKey, metadata] as const];
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...about, ...entries])));
  // Padded with spaces, so that the data begins at a multiple of 8.
  const header = new Uint8Array(lengthBytes + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - lengthBytes), true);
  header.set(json, lengthBytes);
  return [header, ...ordered.map(([, tensor]) => bytesOf(tensor))];
}

/**
 * Writes tensors as the bytes of a safetensors file.
 *
 * @throws {TypeError} Where the elements of a tensor do not fit its type and shape.
 * @example
 * const bytes = encodeSafetensors({ w: { dataType: 'float32', shape: [2], data: Float32Array.of(1, 2) } });
 */
export function encodeSafetensors(tensors: FileTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return new Uint8Array(Buffer.concat(safetensorsPieces(tensors, metadata)));
}

/**
 * Reads the bytes of a safetensors file; aligned tensors are views of the given bytes, not copies.
 *
 * @throws {FileFormatError} Where the file is cut short, damaged or beyond the limits.
 */
export function decodeSafetensors(bytes: Uint8Array, limits: Partial<SafetensorsLimits> = {}): SafetensorsContent {
  const bounds = { ...defaultSafetensorsLimits, ...limits };
  const length = headerLength(bytes.subarray(0, lengthBytes), bytes.length, bounds);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), bytes.length, bounds);
  const tensors = header.entries.map(({ name, dataType, shape, begin, end }): [string, FileTensor] => {
    const data = elementsOver(bytes.subarray(header.dataOffset + begin, header.dataOffset + end), dataType);
    return [name, { dataType, shape, data }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: header.metadata };
}
