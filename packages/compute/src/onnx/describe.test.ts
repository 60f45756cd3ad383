import { expect, test } from 'vitest';
import { describeModel, renderDescription } from './describe.ts';
import { branchingModel, linearModel, oddModel } from './testing-models.ts';

test('counts the parameters and operators of a linear map', () => {
  const description = describeModel(linearModel);
  expect(description.parameterCount).toBe(9);
  expect(description.operators).toStrictEqual([
    { operator: 'Add', count: 1 },
    { operator: 'MatMul', count: 1 },
  ]);
  expect(renderDescription(description).split('\n')).toStrictEqual([
    'graph linear',
    '  made by heed 0.1.0, IR 8, operators of ai.onnx 17',
    'inputs',
    '  x  float32 [B, 2]',
    'outputs',
    '  y  float32 [B, 3]',
    '2 nodes',
    '  Add     1',
    '  MatMul  1',
    '9 parameters in 2 tensors',
    '  w  float32 [2, 3]  6',
    '  b  float32 [3]  3',
    'metadata',
    '  purpose  test',
    '           an empty key',
  ]);
});

test('looks into the graphs inside nodes', () => {
  const description = describeModel(branchingModel);
  expect(description.nodeCount).toBe(9);
  expect(description.operators.slice(0, 2)).toStrictEqual([
    { operator: 'Constant', count: 3 },
    { operator: 'Identity', count: 2 },
  ]);
  expect(description.parameters.map(({ name }) => name)).toStrictEqual(['then_branch_unused', 'else_branch_unused']);
});

test('shows unknown sizes, and no control character of a name', () => {
  const named = { ...oddModel, graph: { ...oddModel.graph, name: 'a\u001B[2Jb' } };
  const text = renderDescription(describeModel(named), { maxParameters: 1 });
  expect(text).toContain('graph a�[2Jb');
  expect(text).toContain('[?, 0, T]');
  expect(text).toContain('… and 3 more');
});
