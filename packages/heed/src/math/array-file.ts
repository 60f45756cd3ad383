type NumericArray = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

const kinds = { float64: Float64Array, float32: Float32Array, uint32: Uint32Array } as const;
type Kind = keyof typeof kinds;

/** Arrays by name, as they stand in one file. */
export type NamedArrays = ReadonlyMap<string, Float64Array | Float32Array | Uint32Array>;

const mark = 0x3161_6568;

/**
 * Writes arrays into one file: the letters `hea1`, the length of the header (uint32), the header as JSON
 * (`[name, kind, length]` each), zeros up to a multiple of 8 bytes, then each array, little-endian, likewise filled up.
 */
export function packArrays(arrays: NamedArrays): Uint8Array {
  const head = new TextEncoder().encode(
    JSON.stringify([...arrays].map(([name, array]) => [name, kindOf(array), array.length])),
  );
  const start = padded(8 + head.length);
  const bytes = new Uint8Array(
    start + [...arrays.values()].reduce((sum, { byteLength }) => sum + padded(byteLength), 0),
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(0, mark, true);
  view.setUint32(4, head.length, true);
  bytes.set(head, 8);
  let at = start;
  for (const array of arrays.values()) {
    // Every machine that Node.js runs on in numbers is little-endian, as the file is.
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  return bytes;
}

/**
 * Reads what `packArrays` wrote; the arrays are copies.
 * @throws TypeError for bytes that are no such file.
 */
export function unpackArrays(bytes: Uint8Array): Map<string, NumericArray> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(0, true) !== mark)
    throw new TypeError(
      `cannot read the arrays, as their file must begin with hea1: it begins with ${JSON.stringify(String.fromCodePoint(...bytes.subarray(0, 4)))}`,
    );
  const length = view.getUint32(4, true);
  const entries = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as [string, Kind, number][];
  let at = padded(8 + length);
  const arrays = new Map<string, NumericArray>();
  for (const [name, kind, count] of entries) {
    const size = count * kinds[kind].BYTES_PER_ELEMENT;
    if (at + size > bytes.length)
      throw new TypeError(`cannot read the array ${name}, as the file must hold all of it: it ends too early`);
    arrays.set(name, new kinds[kind](bytes.slice(at, at + size).buffer));
    at += padded(size);
  }
  return arrays;
}

/** One of the arrays, which must be there and of that kind. */
export function arrayNamed<K extends Kind>(
  arrays: ReadonlyMap<string, Float64Array | Float32Array | Uint32Array>,
  name: string,
  kind: K,
): InstanceType<(typeof kinds)[K]> {
  const array = arrays.get(name);
  if (array === undefined || kindOf(array) !== kind)
    throw new TypeError(
      `cannot read the arrays, as there must be ${name} of ${kind}: there are ${[...arrays.keys()].join(', ')}`,
    );
  return array as InstanceType<(typeof kinds)[K]>;
}

/** Arrays of several models in one file: those of model i have names that begin with i and a space. */
export function arraysOver(models: readonly NamedArrays[]): NamedArrays {
  return new Map(
    models.flatMap((arrays, index) => [...arrays].map(([name, array]) => [`${index} ${name}`, array] as const)),
  );
}

/** The arrays of one of the models in `arraysOver`, by their own names. */
export function arraysUnder(arrays: NamedArrays, index: number): NamedArrays {
  const prefix = `${index} `;
  return new Map(
    [...arrays].flatMap(([name, array]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), array] as const] : [],
    ),
  );
}

function kindOf(array: Float64Array | Float32Array | Uint32Array): Kind {
  if (array instanceof Float64Array) return 'float64';
  return array instanceof Float32Array ? 'float32' : 'uint32';
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}
