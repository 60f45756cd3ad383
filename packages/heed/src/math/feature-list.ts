import { combineHashes } from './hash.ts';

/** Features as parallel hashes (32 bits, before they are cut to a table's slots) and values (float32). Grows as needed. */
export interface FeatureList {
  hashes: Uint32Array;
  values: Float32Array;
  length: number;
  /** Kept only where explanations ask for them. */
  names: string[] | null;
}

/** An empty list; with names where `named`. */
export function createFeatureList(named = false): FeatureList {
  return { hashes: new Uint32Array(64), values: new Float32Array(64), length: 0, names: named ? [] : null };
}

/** Empties a list; its memory stays. */
export function clearFeatures(list: FeatureList): void {
  list.length = 0;
  if (list.names !== null) list.names = [];
}

/** Adds one feature. Zeros say nothing and are left out. */
export function pushFeature(list: FeatureList, hash: number, value: number): void {
  if (value === 0) return;
  if (list.length === list.hashes.length) growFeatures(list, list.length + 1);
  list.hashes[list.length] = hash;
  list.values[list.length] = value;
  list.length += 1;
}

/** Adds all features of another list. */
export function appendFeatures(list: FeatureList, other: FeatureList): void {
  growFeatures(list, list.length + other.length);
  const { hashes, values } = list;
  for (let index = 0; index < other.length; index += 1) {
    hashes[list.length + index] = other.hashes[index] ?? 0;
    values[list.length + index] = other.values[index] ?? 0;
  }
  list.length += other.length;
  if (list.names !== null) list.names.push(...(other.names ?? []));
}

/** Adds the product of two lists: for each pair its combined hash, the product of the values, and both names. */
export function crossFeatures(list: FeatureList, first: FeatureList, second: FeatureList): void {
  growFeatures(list, list.length + first.length * second.length);
  for (let i = 0; i < first.length; i += 1) {
    const hash = first.hashes[i] ?? 0;
    const value = first.values[i] ?? 0;
    for (let j = 0; j < second.length; j += 1) {
      list.hashes[list.length] = combineHashes(hash, second.hashes[j] ?? 0);
      list.values[list.length] = value * (second.values[j] ?? 0);
      list.length += 1;
    }
  }
  if (list.names !== null)
    for (const a of first.names ?? []) for (const b of second.names ?? []) list.names.push(`${a} × ${b}`);
}

function growFeatures(list: FeatureList, length: number): void {
  if (length <= list.hashes.length) return;
  const hashes = new Uint32Array(length * 2);
  const values = new Float32Array(length * 2);
  hashes.set(list.hashes);
  values.set(list.values);
  list.hashes = hashes;
  list.values = values;
}
