import { dataTypeByTag, fileDataTypes, type FileDataType } from './file-tensor.ts';
import { FileFormatError } from './format-error.ts';

export interface SafetensorsEntry {
  readonly name: string;
  readonly dataType: FileDataType;
  readonly shape: readonly number[];
  /** Bytes after the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the data begins in the file. */
  readonly dataOffset: number;
}

export interface SafetensorsLimits {
  readonly maxHeaderBytes: number;
  readonly maxTensors: number;
}

export const defaultSafetensorsLimits: SafetensorsLimits = { maxHeaderBytes: 32 * 2 ** 20, maxTensors: 200_000 };

/** Bytes of the length before the header. */
export const lengthBytes = 8;
export const metadataKey = '__metadata__';
const largestRank = 64;

function fail(reason: string): never {
  throw new FileFormatError(`cannot read safetensors, as ${reason}`);
}

function quote(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

/**
 * Bytes of the header by the eight bytes before it.
 * @throws {FileFormatError} Where the file is shorter, or the header longer than allowed.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, limits: SafetensorsLimits): number {
  if (prefix.length < lengthBytes || fileBytes < lengthBytes)
    fail(`it must have at least ${lengthBytes} bytes: it has ${Math.min(prefix.length, fileBytes)}`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, lengthBytes).getBigUint64(0, true);
  if (length > BigInt(limits.maxHeaderBytes))
    fail(`its header may have at most ${limits.maxHeaderBytes} bytes: it claims ${length}`);
  if (length > BigInt(fileBytes - lengthBytes))
    fail(`its header must lie in the file: it claims ${length} of ${fileBytes - lengthBytes} bytes`);
  return Number(length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parseEntry(name: string, value: unknown): SafetensorsEntry {
  if (!isRecord(value)) fail(`${quote(name)} must be an object`);
  const dataType = dataTypeByTag(value.dtype);
  if (dataType === undefined)
    fail(
      `${quote(name)} must be of type ${Object.values(fileDataTypes)
        .map(({ tag }) => tag)
        .join(', ')}: it is ${quote(String(value.dtype))}`,
    );
  const { shape, data_offsets: offsets } = value;
  if (!Array.isArray(shape) || shape.length > largestRank || !shape.every(isCount))
    fail(`${quote(name)} must have at most ${largestRank} sizes, each a whole number from 0`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    fail(`${quote(name)} must have two offsets, each a whole number from 0`);
  const [begin = 0, end = 0] = offsets;
  const elements = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  const expected = elements * fileDataTypes[dataType].view.BYTES_PER_ELEMENT;
  // Beyond 2^53 a product is no longer exact, but far beyond any file as well.
  if (end - begin !== expected)
    fail(`${quote(name)} must take ${expected} bytes for its type and shape: its offsets say ${end - begin}`);
  return { name, dataType, shape, begin, end };
}

function parseMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) fail('its metadata must be an object of texts');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== 'string') fail(`its metadata must be texts: ${quote(key)} is not`);
      return [key, text];
    }),
  );
}

/** Offsets must cover the data from the first byte to the last, each byte once: nothing is hidden between tensors. */
function checkCoverage(entries: readonly SafetensorsEntry[], dataBytes: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered)
      fail(`${quote(name)} must begin at byte ${covered} of the data or later: it overlaps at ${begin}`);
    if (begin > covered)
      fail(`the data must have no gap: ${quote(name)} begins at byte ${begin} instead of ${covered}`);
    covered = end;
  }
  if (covered !== dataBytes) fail(`its tensors must take all of its data: ${covered} of ${dataBytes} bytes`);
}

/**
 * Parses the header and checks everything that it says of the data.
 *
 * @param json the bytes of the header.
 * @param fileBytes size of the whole file.
 * @throws {FileFormatError} Where the header is no JSON object of tensors, or its offsets overlap, leave gaps, reach
 * beyond the file or do not fit types and shapes.
 */
export function parseHeader(json: Uint8Array, fileBytes: number, limits: SafetensorsLimits): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (cause) {
    throw new FileFormatError('cannot read safetensors, as its header must be JSON in UTF-8: it is not', { cause });
  }
  if (!isRecord(parsed)) fail('its header must be an object');
  const named = Object.entries(parsed).filter(([name]) => name !== metadataKey);
  if (named.length > limits.maxTensors)
    fail(`it may have at most ${limits.maxTensors} tensors: it has ${named.length}`);
  const entries = named.map(([name, value]) => parseEntry(name, value));
  const dataOffset = lengthBytes + json.length;
  checkCoverage(entries, fileBytes - dataOffset);
  return { entries, metadata: parseMetadata(parsed[metadataKey]), dataOffset };
}
