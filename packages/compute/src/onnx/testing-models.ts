import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from './types.ts';

/** A node of ONNX's own operators. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly OnnxAttribute[] = [],
): OnnxNode {
  return { opType, domain: '', name: `${opType}_${outputs.join('_')}`, inputs, outputs, attributes };
}

/** A float32 tensor of given numbers. */
export function floatTensor(name: string, dims: readonly number[], values: readonly number[]): OnnxTensor {
  return { name, dataType: 'float32', dims, data: new Uint8Array(new Float32Array(values).buffer) };
}

/** y = x · w + b, with w 2×3. */
export const linearModel: OnnxModel = {
  irVersion: 8,
  opsets: [{ domain: '', version: 17 }],
  producer: { name: 'heed', version: '0.1.0' },
  graph: {
    name: 'linear',
    nodes: [node('MatMul', ['x', 'w'], ['product']), node('Add', ['product', 'b'], ['y'])],
    inputs: [{ name: 'x', dataType: 'float32', shape: ['B', 2] }],
    outputs: [{ name: 'y', dataType: 'float32', shape: ['B', 3] }],
    initializers: [floatTensor('w', [2, 3], [1, 2, 3, 4, 5, 6]), floatTensor('b', [3], [0.5, -0.5, 0])],
    valueInfo: [{ name: 'product', dataType: 'float32', shape: ['B', 3] }],
  },
  metadata: { 'purpose': 'test', '': 'an empty key' },
};

const identityBranch = (name: string, from: string): OnnxAttribute => ({
  kind: 'graph',
  name,
  value: {
    name,
    nodes: [node('Identity', [from], [`${name}_out`])],
    inputs: [],
    outputs: [{ name: `${name}_out`, dataType: 'float32', shape: [2] }],
    initializers: [floatTensor(`${name}_unused`, [1], [7])],
    valueInfo: [],
  },
});

/** Every kind of attribute that ONNX Runtime takes: a branch inside, a constant tensor, lists. */
export const branchingModel: OnnxModel = {
  irVersion: 8,
  opsets: [{ domain: '', version: 17 }],
  producer: { name: 'heed', version: '' },
  graph: {
    name: 'branching',
    nodes: [
      node('If', ['condition'], ['chosen'], [identityBranch('then_branch', 'a'), identityBranch('else_branch', 'b')]),
      node('Constant', [], ['c'], [{ kind: 'tensor', name: 'value', value: floatTensor('', [2], [10, 20]) }]),
      node('Constant', [], ['d'], [{ kind: 'floats', name: 'value_floats', value: [0.5, -1.25] }]),
      node('Constant', [], ['axes'], [{ kind: 'ints', name: 'value_ints', value: [0] }]),
      node('Sum', ['chosen', 'c', 'd'], ['sum']),
      node('ReduceSum', ['sum', 'axes'], ['total'], [{ kind: 'int', name: 'keepdims', value: 0 }]),
      node('LeakyRelu', ['total'], ['out'], [{ kind: 'float', name: 'alpha', value: 0.25 }]),
    ],
    inputs: [
      { name: 'condition', dataType: 'bool', shape: [] },
      { name: 'a', dataType: 'float32', shape: [2] },
      { name: 'b', dataType: 'float32', shape: [2] },
    ],
    outputs: [{ name: 'out', dataType: 'float32', shape: [] }],
    initializers: [],
    valueInfo: [],
  },
  metadata: {},
};

/** What no runtime need accept, but a file can hold: odd types, names and numbers. */
export const oddModel: OnnxModel = {
  ...linearModel,
  opsets: [
    { domain: '', version: 17 },
    { domain: 'com.microsoft', version: 1 },
  ],
  graph: {
    ...linearModel.graph,
    nodes: [
      {
        opType: 'Odd',
        domain: 'com.microsoft',
        name: '',
        inputs: ['x', '', 'w'],
        outputs: [''],
        attributes: [
          { kind: 'int', name: 'negative', value: -1 },
          { kind: 'int', name: 'largest', value: 2n ** 63n - 1n },
          { kind: 'ints', name: 'ends', value: [-(2n ** 63n), 2 ** 53 - 1, -(2 ** 53) + 1, 0, 127, 128] },
          { kind: 'strings', name: 'texts', value: ['', '\uFEFFä€😀'] },
          { kind: 'string', name: 'text', value: 'relu' },
          { kind: 'floats', name: 'empty', value: [] },
          { kind: 'float', name: 'infinite', value: -Infinity },
        ],
      },
    ],
    inputs: [
      { name: 'scalar', dataType: 'bfloat16', shape: [] },
      { name: 'unknown', dataType: 'int64', shape: null },
      { name: 'partly', dataType: 'uint8', shape: ['', 0, 'T'] },
      { name: 'untyped', dataType: 'undefined', shape: null },
    ],
    initializers: [
      { name: 'half', dataType: 'int4', dims: [3], data: Uint8Array.of(0x21, 0x03) },
      { name: 'none', dataType: 'float32', dims: [0, 4], data: new Uint8Array() },
      { name: 'away', dataType: 'float16', dims: [1000], data: { location: 'w/a.bin', offset: 64, lengthBytes: 2000 } },
      { name: 'rest', dataType: 'float16', dims: [1000], data: { location: 'b.bin', offset: 0 } },
    ],
  },
  metadata: JSON.parse('{"__proto__": "kept"}') as Record<string, string>,
};
