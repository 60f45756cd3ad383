import { installOps } from './installed.ts';
import type { OpName } from './attributes.ts';
import { binaryRows } from './rules/binary.ts';
import { convolutionRows } from './rules/convolution.ts';
import { indexingRows } from './rules/indexing.ts';
import { normalisingRows } from './rules/normalising.ts';
import { productRows } from './rules/products.ts';
import { randomRows } from './rules/random.ts';
import { reductionRows } from './rules/reductions.ts';
import { rotaryRows } from './rules/rotary.ts';
import { scanRows } from './rules/scan.ts';
import { shapingRows } from './rules/shaping.ts';
import { sourceRows } from './rules/sources.ts';
import { unaryRows } from './rules/unary.ts';
import type { OpTable } from './rule.ts';

/** Everything that is known of every op. An op without a row does not compile. */
export const ops = {
  ...sourceRows,
  ...unaryRows,
  ...binaryRows,
  ...reductionRows,
  ...productRows,
  ...shapingRows,
  ...indexingRows,
  ...normalisingRows,
  ...rotaryRows,
  ...convolutionRows,
  ...scanRows,
  ...randomRows,
} satisfies OpTable;

installOps(ops);

/** The rows by the family they belong to, for the table of ops in the documentation. */
export const opFamilies: Readonly<Record<string, readonly OpName[]>> = Object.fromEntries(
  Object.entries({
    'Sources': sourceRows,
    'Elementwise, one input': unaryRows,
    'Elementwise, several inputs': binaryRows,
    'Reductions': reductionRows,
    'Products': productRows,
    'Shapes': shapingRows,
    'Indexing': indexingRows,
    'Normalising': normalisingRows,
    'Rotation': rotaryRows,
    'Convolution': convolutionRows,
    'Control': scanRows,
    'Randomness': randomRows,
  }).map(([family, rows]) => [family, Object.keys(rows) as OpName[]]),
);

/** The ops that no gradient passes, with the reason: what depends on others through them alone has gradient 0. */
export const withoutGradient: readonly { readonly op: OpName; readonly reason: string }[] = Object.entries(
  ops as OpTable,
).flatMap(([op, { gradient, why = '' }]) => (gradient === null ? [{ op: op as OpName, reason: why }] : []));
