import type { OpTable } from './rule.ts';

// Gradients are built out of ops, and making an op needs its row: this holds the table so that files need no cycle.
let installed: OpTable | undefined;

export function installOps(table: OpTable): void {
  installed = table;
}

export function tableOfOps(): OpTable {
  if (installed === undefined)
    throw new TypeError('cannot make an op, as the table of ops must be loaded: import graph/ops.ts');
  return installed;
}
