import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { add, compile, encodeModel, matmul, parameter } from '@heed/compute';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject } from './testing.ts';
import type { Project } from './testing.ts';

let project: Project;

beforeAll(async () => {
  project = await createProject();
  const [input, weights, bias] = [parameter('input', ['B', 3]), parameter('weights', [3, 2]), parameter('bias', [2])];
  const { model } = compile({ inputs: { input, weights, bias }, outputs: { sums: add(matmul(input, weights), bias) } });
  await writeFile(join(project.folder, 'sums.onnx'), encodeModel(model));
});
afterAll(() => project.remove());

test('graph says what an ONNX file is made of', async () => {
  const shown = await project.run('graph', 'sums.onnx');
  expect([shown.code, shown.err]).toEqual([0, '']);
  expect(shown.out).toMatch(/input +float32 \[B, 3\]/);
  expect(shown.out).toMatch(/outputs\n +sums +float32 \[B, 2\]/);
  expect(await project.json(['graph', 'sums.onnx'])).toMatchObject({ parameterCount: 0 });
});

test('graph refuses what is no ONNX file, and a file that is not there', async () => {
  await writeFile(join(project.folder, 'words.onnx'), 'no graph');
  const words = await project.run('graph', 'words.onnx');
  expect([words.code, words.err]).toEqual([
    1,
    expect.stringContaining('cannot show words.onnx, as it must be an ONNX'),
  ]);
  const none = await project.run('graph', 'none.onnx');
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('must be a file that can be read')]);
});
