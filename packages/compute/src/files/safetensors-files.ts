import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomically } from './atomic-write.ts';
import { elementsOver, type FileTensor, type FileTensors } from './file-tensor.ts';
import { FileFormatError } from './format-error.ts';
import {
  defaultSafetensorsLimits,
  headerLength,
  lengthBytes,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsLimits,
} from './safetensors-header.ts';
import { safetensorsPieces } from './safetensors.ts';

/** Tensors on disk, read one at a time. */
export interface SafetensorsReader {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Reads the bytes of one tensor and nothing else.
   * @throws {RangeError} Where there is no tensor of the name.
   */
  readonly read: (name: string) => Promise<FileTensor>;
  readonly close: () => Promise<void>;
}

/** Name of the index beside the shards. */
export const indexFile = 'model.safetensors.index.json';

async function readExactly(handle: FileHandle, length: number, position: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0)
      throw new FileFormatError(
        `cannot read safetensors, as ${length} bytes must follow byte ${position}: ${filled} do`,
      );
    filled += bytesRead;
  }
  return bytes;
}

async function openOne(path: string, limits: SafetensorsLimits): Promise<SafetensorsReader> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const prefix = await readExactly(handle, Math.min(lengthBytes, size), 0);
    const length = headerLength(prefix, size, limits);
    const header = parseHeader(await readExactly(handle, length, lengthBytes), size, limits);
    const entries = new Map(header.entries.map((entry) => [entry.name, entry]));
    return {
      entries,
      metadata: header.metadata,
      read: async (name) => {
        const entry = entries.get(name);
        if (entry === undefined)
          throw new RangeError(`cannot read tensor, as ${path} must have ${JSON.stringify(name)}: it has not`);
        const { dataType, shape, begin, end } = entry;
        const bytes = await readExactly(handle, end - begin, header.dataOffset + begin);
        return { dataType, shape, data: elementsOver(bytes, dataType) };
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Which file holds which tensor, by the index; only files beside the index may be named. */
async function readIndex(path: string, limits: SafetensorsLimits): Promise<Map<string, string>> {
  const fail = (reason: string): never => {
    throw new FileFormatError(`cannot read ${path}, as ${reason}`);
  };
  const { size } = await stat(path);
  if (size > limits.maxHeaderBytes) fail(`it may have at most ${limits.maxHeaderBytes} bytes: it has ${size}`);
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FileFormatError(`cannot read ${path}, as it must be JSON: it is not`, { cause });
  }
  const weightMap = typeof parsed === 'object' && parsed !== null && 'weight_map' in parsed ? parsed.weight_map : null;
  if (typeof weightMap !== 'object' || weightMap === null) return fail('it must have a weight_map: it has none');
  return new Map(
    Object.entries(weightMap).map(([name, file]: [string, unknown]) => {
      if (typeof file !== 'string' || !/^[^/\\\0]+\.safetensors$/.test(file))
        return fail(`a shard must be a .safetensors file beside it: ${JSON.stringify(file)}`);
      return [name, file];
    }),
  );
}

async function openShards(path: string, limits: SafetensorsLimits): Promise<SafetensorsReader> {
  const places = await readIndex(path, limits);
  const shards = new Map<string, SafetensorsReader>();
  const close = async (): Promise<void> => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    const entries = new Map<string, SafetensorsEntry>();
    let metadata = {};
    for (const [name, file] of places) {
      const shard = shards.get(file) ?? (await openOne(join(dirname(path), file), limits));
      shards.set(file, shard);
      const entry = shard.entries.get(name);
      if (entry === undefined)
        throw new FileFormatError(`cannot read ${path}, as ${file} must have ${JSON.stringify(name)}: it has not`);
      entries.set(name, entry);
      metadata = { ...metadata, ...shard.metadata };
    }
    const shardOf = (name: string): SafetensorsReader | undefined => shards.get(places.get(name) ?? '');
    return {
      entries,
      metadata,
      read: async (name) => {
        const shard = shardOf(name);
        if (shard === undefined)
          throw new RangeError(`cannot read tensor, as ${path} must have ${JSON.stringify(name)}: it has not`);
        return shard.read(name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens a safetensors file, or several by their index (`….index.json`), for reading single tensors from disk.
 *
 * @throws {FileFormatError} Where a file is cut short, damaged or beyond the limits, or the index does not fit the files.
 * @example
 * const reader = await openSafetensors('model.safetensors.index.json');
 * const { data } = await reader.read('embedding.weight');
 * await reader.close();
 */
export async function openSafetensors(
  path: string,
  limits: Partial<SafetensorsLimits> = {},
): Promise<SafetensorsReader> {
  const bounds = { ...defaultSafetensorsLimits, ...limits };
  return path.endsWith('.json') ? openShards(path, bounds) : openOne(path, bounds);
}

/** Writes a safetensors file, as a whole or not at all. */
export async function writeSafetensors(
  path: string,
  tensors: FileTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomically(path, safetensorsPieces(tensors, metadata));
}

/** Tensors in the order given, as many to a file as fit; one that is larger gets a file of its own. */
function splitIntoShards(tensors: FileTensors, maxShardBytes: number): [string, FileTensor][][] {
  const shards: [string, FileTensor][][] = [];
  let room = 0;
  for (const entry of Object.entries(tensors)) {
    const bytes = entry[1].data.byteLength;
    const last = shards.at(-1);
    if (last === undefined || bytes > room) {
      shards.push([entry]);
      room = maxShardBytes - bytes;
    } else {
      last.push(entry);
      room -= bytes;
    }
  }
  return shards;
}

function shardNumber(value: number): string {
  return String(value).padStart(5, '0');
}

/**
 * Writes tensors to `model-00001-of-0000n.safetensors` and on, and last the index that names them.
 *
 * @param maxShardBytes data of one file at most, but for single tensors that are larger.
 * @returns the path of the index.
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: FileTensors,
  maxShardBytes: number,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  if (!(maxShardBytes > 0))
    throw new RangeError(`cannot write shards, as their size must be above 0 bytes: it is ${maxShardBytes}`);
  const shards = splitIntoShards(tensors, maxShardBytes);
  const weightMap: [string, string][] = [];
  for (const [index, shard] of shards.entries()) {
    const file = `model-${shardNumber(index + 1)}-of-${shardNumber(shards.length)}.safetensors`;
    await writeSafetensors(join(folder, file), Object.fromEntries(shard), metadata);
    weightMap.push(...shard.map(([name]): [string, string] => [name, file]));
  }
  const totalSize = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
  const index = { metadata: { total_size: totalSize }, weight_map: Object.fromEntries(weightMap) };
  const path = join(folder, indexFile);
  await writeAtomically(path, [new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`)]);
  return path;
}
