import { hashName, packArrays, withoutItems, arrayNamed, createFeatureEncoder } from '../math/index.ts';
import type { NamedArrays } from '../math/index.ts';
import type { Experience, LoopConfiguration } from '../spec/index.ts';
import { copyTables, createTables, learnExample } from './adaptive-gradient.ts';
import type { Example, GradientTables } from './adaptive-gradient.ts';
import { cellsOf } from './curvature-blocks.ts';
import { copyCurvatureTables, createCurvatureTables, learnByCurvature } from './curvature-steps.ts';
import type { CurvatureTables } from './curvature-steps.ts';
import { takesGradientSteps } from './options.ts';
import type { ContextualBanditOptions, GradientStepOptions, NewtonOptions } from './options.ts';

/** What the contextual bandit's steps go on from: of one kind or of the other. */
export type BanditTables =
  | { readonly kind: 'gradient'; readonly options: GradientStepOptions; readonly tables: GradientTables }
  | { readonly kind: 'newton'; readonly options: NewtonOptions; readonly tables: CurvatureTables };

/** An example, and where it comes from. */
export interface BanditExample extends Example {
  readonly sharedEnd: number;
}

/** The block of what items have in common. */
const commonBlock = 0;

/** Empty tables for options. */
export function createBanditTables(options: ContextualBanditOptions, slots: number): BanditTables {
  return takesGradientSteps(options)
    ? { kind: 'gradient', options, tables: createTables(slots) }
    : { kind: 'newton', options, tables: createCurvatureTables(slots) };
}

/** A copy that can be changed while the original stays. */
export function copyBanditTables(of: BanditTables): BanditTables {
  return of.kind === 'gradient'
    ? { ...of, tables: copyTables(of.tables) }
    : { ...of, tables: copyCurvatureTables(of.tables) };
}

/** Makes what learns one example into tables, and returns what they said of it before. */
export function createBanditSteps({
  features,
}: Pick<LoopConfiguration, 'features'>): (of: BanditTables, example: BanditExample, from: Experience) => number {
  const common = createFeatureEncoder(withoutItems(features));
  return (of, example, { request, item }) => {
    if (of.kind === 'gradient') return learnExample(of.tables, example, of.options);
    let known: Set<number> | null = null;
    const blockOf = (hash: number): number => {
      if (known === null) {
        const own = request.candidates.filter((candidate) => candidate.item === item).slice(0, 1);
        const { hashes, starts } = common.rows(request, own);
        known = new Set(hashes.subarray(0, starts.at(-1) ?? 0));
      }
      // Of two items with all 32 bits alike, or none but 0, one block is kept.
      return known.has(hash) ? commonBlock : hashName(item, features.seed);
    };
    return learnByCurvature(of.tables, { ...example, blockOf }, of.options);
  };
}

/** Columns of the slots in use, and numbers, that training needs beside the weights. */
export function trainingColumns(
  of: BanditTables,
  used: Uint32Array,
): { readonly numbers: readonly number[]; readonly columns: readonly Float64Array[] } {
  const column = (from: Float64Array): Float64Array => Float64Array.from(used, (slot) => from[slot] ?? 0);
  if (of.kind === 'gradient') {
    const { squares, scales, totalWeight, totalNorm } = of.tables;
    return { numbers: [totalWeight, totalNorm], columns: [squares, scales].map(column) };
  }
  const { squares, scales, seen, variances, examples, features } = of.tables;
  return { numbers: [examples, features], columns: [squares, scales, seen, variances].map(column) };
}

/** Fills empty tables with what was stored of them. */
export function fillBanditTables(
  of: BanditTables,
  slots: ArrayLike<number>,
  {
    weights,
    numbers,
    columns,
  }: {
    readonly weights: ArrayLike<number>;
    readonly numbers: readonly number[];
    readonly columns: readonly ArrayLike<number>[];
  },
): BanditTables {
  const { tables } = of;
  const [squares, scales, seen, variances] = columns;
  for (let row = 0; row < slots.length; row += 1) {
    const slot = slots[row] ?? 0;
    tables.weights[slot] = weights[row] ?? 0;
    tables.squares[slot] = squares?.[row] ?? 0;
    tables.scales[slot] = scales?.[row] ?? 0;
    if (of.kind === 'gradient') continue;
    of.tables.seen[slot] = seen?.[row] ?? 0;
    of.tables.variances[slot] = variances?.[row] ?? 0;
  }
  const [first = 0, second = 0] = numbers;
  return of.kind === 'newton'
    ? { ...of, tables: { ...of.tables, examples: first, features: second } }
    : { ...of, tables: { ...of.tables, totalWeight: first, totalNorm: second } };
}

/** The covariances as bytes; `null` where there are none. */
export function packCovariances(of: BanditTables): Uint8Array | null {
  if (of.kind === 'gradient') return null;
  const { blocks, cells } = of.tables;
  const covariances = new Float64Array(cells);
  let at = 0;
  for (const { slots, covariance } of blocks) {
    covariances.set(covariance.subarray(0, cellsOf(slots.length)), at);
    at += cellsOf(slots.length);
  }
  const arrays: NamedArrays = new Map<string, Float64Array | Uint32Array>([
    ['keys', Uint32Array.from(blocks, ({ key }) => key)],
    ['sizes', Uint32Array.from(blocks, ({ slots }) => slots.length)],
    ['slots', Uint32Array.from(blocks.flatMap(({ slots }) => slots))],
    ['covariances', covariances],
  ]);
  return packArrays(arrays);
}

/** Puts covariances back into tables that have none. */
export function fillCovariances(tables: CurvatureTables, arrays: NamedArrays): CurvatureTables {
  const keys = arrayNamed(arrays, 'keys', 'uint32');
  const sizes = arrayNamed(arrays, 'sizes', 'uint32');
  const slots = arrayNamed(arrays, 'slots', 'uint32');
  const covariances = arrayNamed(arrays, 'covariances', 'float64');
  let [slot, cell] = [0, 0];
  keys.forEach((key, index) => {
    const own = [...slots.subarray(slot, slot + (sizes[index] ?? 0))];
    tables.blocks.push({ key, slots: own, covariance: covariances.slice(cell, cell + cellsOf(own.length)) });
    tables.indices.set(key, index);
    own.forEach((each, column) => {
      tables.homes[each] = index + 1;
      tables.columns[each] = column;
    });
    slot += own.length;
    cell += cellsOf(own.length);
  });
  return { ...tables, cells: cell };
}
