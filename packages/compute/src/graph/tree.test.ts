import { expect, test } from 'vitest';
import * as h from '../index.ts';

const tree = { layers: [{ w: h.scalar(1), b: h.scalar(2) }], head: h.scalar(3) };

test('leaves have paths, and keep their order through a rebuild', () => {
  expect(h.leavesOf(tree).map((leaf) => leaf.path)).toEqual(['layers.0.w', 'layers.0.b', 'head']);
  const leaves = h.leavesOf(tree).map((leaf) => leaf.tensor);
  expect(h.withLeaves(tree, leaves)).toEqual(tree);
  expect(h.mapLeaves(tree, (_, path) => path)).toEqual({
    layers: [{ w: 'layers.0.w', b: 'layers.0.b' }],
    head: 'head',
  });
});

test('picked leaves keep their names', () => {
  const picked = h.pickLeaves(tree, (path) => path !== 'head');
  expect(Object.keys(picked)).toEqual(['layers.0.w', 'layers.0.b']);
  const nested = h.compile({ inputs: [], outputs: { g: tree } }).outputs.map((output) => output.name);
  const flat = h.compile({ inputs: [], outputs: { g: picked } }).outputs.map((output) => output.name);
  expect(flat).toEqual(nested.slice(0, 2));
});

test('what is no tensor is refused with its path', () => {
  const broken = { a: { b: 5 } } as unknown as h.Tree;
  expect(() => h.leavesOf(broken)).toThrow(/every leaf must be a tensor: a\.b is 5/u);
});
