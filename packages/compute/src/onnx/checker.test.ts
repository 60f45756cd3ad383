import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { skipsWithout } from '../../../../tools/testing/needs.ts';
import { encodeModel } from './encode.ts';
import { checkerComplaint, checkerReason, findOnnxPython } from './testing-checker.ts';
import { branchingModel, linearModel, node } from './testing-models.ts';
import type { OnnxModel } from './types.ts';

const python = findOnnxPython();

function complaintOf(model: OnnxModel): string {
  const folder = mkdtempSync(join(tmpdir(), 'heed-onnx-'));
  try {
    const file = join(folder, 'model.onnx');
    writeFileSync(file, encodeModel(model));
    return checkerComplaint(python ?? '', file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(skipsWithout(python, checkerReason))("PyPI's checker", () => {
  test.each([
    ['linear', linearModel],
    ['branching', branchingModel],
  ])('finds nothing wrong with the %s model', (_name, model) => {
    expect(complaintOf(model)).toBe('');
  });

  test('refuses an operator that does not exist', () => {
    const nodes = [node('MatMull', ['x', 'w'], ['y'])];
    expect(complaintOf({ ...linearModel, graph: { ...linearModel.graph, nodes, valueInfo: [] } })).toContain('MatMull');
  });
});
