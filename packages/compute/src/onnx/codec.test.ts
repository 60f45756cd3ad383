import { expect, test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { decodeModel } from './decode.ts';
import { encodeModel } from './encode.ts';
import { branchingModel, floatTensor, linearModel, node, oddModel } from './testing-models.ts';
import type { OnnxModel } from './types.ts';
import { WireWriter } from './wire-writer.ts';

const smallest: OnnxModel = {
  irVersion: 8,
  opsets: [],
  producer: { name: '', version: '' },
  graph: { name: 'g', nodes: [], inputs: [], outputs: [], initializers: [], valueInfo: [] },
  metadata: {},
};

test('the smallest model is the bytes that the format prescribes', () => {
  expect([...encodeModel(smallest)]).toStrictEqual([0x08, 8, 0x12, 0, 0x1a, 0, 0x3a, 3, 0x12, 1, 0x67]);
});

test('integers are variable-length, negative ones ten bytes, and longer messages have longer prefixes', () => {
  const writer = new WireWriter();
  writer.integer(1, 300);
  writer.integer(2, -1);
  writer.message(3, (inner) => inner.bytes(1, new Uint8Array(200)));
  const bytes = [...writer.finish()];
  expect(bytes.slice(0, 3)).toStrictEqual([0x08, 0xac, 0x02]);
  expect(bytes.slice(3, 14)).toStrictEqual([0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
  expect(bytes.slice(14, 20)).toStrictEqual([0x1a, 0xcb, 0x01, 0x0a, 0xc8, 0x01]);
  expect(bytes).toHaveLength(220);
});

test.each([
  ['smallest', smallest],
  ['linear', linearModel],
  ['branching', branchingModel],
  ['odd', oddModel],
])('the %s model comes back exactly', (_name, model) => {
  const bytes = encodeModel(model);
  const read = decodeModel(bytes);
  expect(read).toStrictEqual(model);
  expect(encodeModel(read)).toStrictEqual(bytes);
});

test('weights are read in place', () => {
  const bytes = encodeModel(linearModel);
  const { data } = decodeModel(bytes).graph.initializers[0] ?? floatTensor('', [], []);
  expect((data as Uint8Array).buffer).toBe(bytes.buffer);
});

test('weights in typed fields are read as raw ones', () => {
  const writer = new WireWriter();
  writer.integer(1, 8);
  writer.message(7, (graph) => {
    graph.message(5, (tensor) => {
      tensor.integer(1, 2);
      tensor.integer(2, 7);
      tensor.bytes(7, Uint8Array.of(5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1));
    });
    graph.message(5, (tensor) => {
      tensor.integer(1, 2);
      tensor.integer(2, 10);
      tensor.integer(5, 0x3c00);
      tensor.integer(5, 0xbc00);
    });
  });
  const [whole, half] = decodeModel(writer.finish()).graph.initializers;
  expect(whole?.data).toStrictEqual(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, ...new Uint8Array(8).fill(255)));
  expect(half?.data).toStrictEqual(Uint8Array.of(0x00, 0x3c, 0x00, 0xbc));
});

test('ONNX Runtime runs what is written', async () => {
  const linear = await ort.InferenceSession.create(encodeModel(linearModel));
  const { y } = await linear.run({ x: new ort.Tensor('float32', [1, 1, 0, 2], [2, 2]) });
  expect([...((y?.data ?? []) as Float32Array)]).toStrictEqual([5.5, 6.5, 9, 8.5, 9.5, 12]);

  const branching = await ort.InferenceSession.create(encodeModel(branchingModel));
  const feeds = { a: new ort.Tensor('float32', [1, 2], [2]), b: new ort.Tensor('float32', [-50, -50], [2]) };
  const yes = await branching.run({ ...feeds, condition: new ort.Tensor('bool', [true], []) });
  const no = await branching.run({ ...feeds, condition: new ort.Tensor('bool', [false], []) });
  expect(yes.out?.data[0]).toBe(32.25);
  expect(no.out?.data[0]).toBe(0.25 * (-100 + 30 - 0.75));
});

test('a node of ten thousand inputs comes back', () => {
  const inputs = Array.from({ length: 10_000 }, (_, index) => `x${index}`);
  const model = { ...smallest, graph: { ...smallest.graph, nodes: [node('Sum', inputs, ['y'])] } };
  expect(decodeModel(encodeModel(model))).toStrictEqual(model);
});
