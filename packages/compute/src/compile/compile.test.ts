import { describe, expect, test } from 'vitest';
import { gradients } from '../grad/reverse.ts';
import { isFloating } from '../graph/dtype.ts';
import { allCases } from '../graph/testing-cases.ts';
import { expectClose, fill, mixture, prepare } from '../graph/testing.ts';
import type { HostArray } from '../graph/rule.ts';
import { evaluate } from '../reference/evaluate.ts';
import * as h from '../index.ts';
import { defaultCompileOptions, passes, type PassName } from './compile.ts';
import { runCompiled } from './testing.ts';

const names = Object.keys(passes) as PassName[];
const only = (wanted: readonly PassName[]) => ({
  passes: {
    ...defaultCompileOptions.passes,
    ...Object.fromEntries(names.map((name) => [name, wanted.includes(name)])),
  },
});

describe.each(allCases)('$name', (given) => {
  test('passes change no value and no gradient', async () => {
    const { inputs, feeds, outputs } = prepare(given);
    const floating = inputs.filter((input) => isFloating(input.dtype));
    const wanted = [...outputs, ...gradients(mixture(outputs), floating)];
    const expected = evaluate(wanted, feeds);
    expect(wanted.length).toBeGreaterThan(0);
    for (const options of [defaultCompileOptions, { portable: true }, only([]), only(['simplify'])]) {
      const actual = await runCompiled(wanted, feeds, { ...options, unrollBelow: 0 });
      for (const [index, array] of actual.entries())
        expectClose(array, expected[index] as HostArray, 1e-5, `output ${index}`);
    }
  });
});

const nodeTypes = (request: h.CompileRequest): string[] =>
  h.compile(request).model.graph.nodes.map((node) => node.opType);

describe('each pass saves what it is for', () => {
  const x = h.parameter('x', [4, 3]);
  const w = h.parameter('w', [3, 5]);
  const b = h.parameter('b', [5]);

  test('a product and a sum become one Gemm', () => {
    const request = { inputs: { x, w, b }, outputs: { y: h.add(h.matmul(x, w), b) } };
    expect(nodeTypes(request)).toEqual(['Gemm']);
    expect(nodeTypes({ ...request, options: only([]) })).toEqual(['MatMul', 'Add']);
  });

  test('sums with the products of a stack are made where these are written', () => {
    const stack = h.parameter('stack', [2, 4, 5]);
    const rows = h.parameter('rows', [2, 4, 3]);
    const request = {
      inputs: { stack, rows, w },
      outputs: { y: h.add(stack, h.add(h.matmul(rows, w), h.matmul(h.square(rows), w))) },
    };
    const sums = (types: readonly string[]): number => types.filter((type) => type === 'Add').length;
    expect(sums(nodeTypes(request))).toBe(1);
    expect(sums(nodeTypes({ ...request, options: only([]) }))).toBe(2);
  });

  test('a product that is read twice stays', () => {
    const product = h.matmul(x, w);
    const types = nodeTypes({ inputs: { x, w, b }, outputs: { y: h.add(product, b), product } });
    expect(types.filter((type) => type === 'MatMul')).toHaveLength(1);
    expect(types).not.toContain('Gemm');
  });

  test('the error function of gelu is computed once for value and gradient', () => {
    const loss = h.sum(h.gelu(x));
    const types = nodeTypes({ inputs: { x }, outputs: { loss, slope: h.gradients(loss, [x])[0] as h.Tensor } });
    expect(types.filter((type) => type === 'Erf')).toHaveLength(1);
  });

  test('the sigmoid of silu is computed once for value and gradient, and alone it is one op', () => {
    const loss = h.sum(h.silu(x));
    const types = nodeTypes({ inputs: { x }, outputs: { loss, slope: h.gradients(loss, [x])[0] as h.Tensor } });
    expect(types.filter((type) => type === 'Sigmoid')).toHaveLength(1);
    expect(types).not.toContain('QuickGelu');
    expect(nodeTypes({ inputs: { x }, outputs: { y: h.silu(x) } })).toEqual(['QuickGelu']);
  });

  test('the gradient of a chosen log-probability is scattered into what is added to it', () => {
    const chosen = h.parameter('chosen', [4, 1], 'int64');
    const loss = h.sum(h.gatherAlong(h.logSoftmax(x), chosen));
    const outputs = { slope: h.gradients(loss, [x])[0] as h.Tensor };
    const inputs = { x, chosen };
    expect(nodeTypes({ inputs, outputs })).toEqual(['LogSoftmax', 'Exp', 'Expand', 'Neg', 'Mul', 'ScatterElements']);
  });

  test('the gradient of attention sums over features, which are fewer than places', async () => {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => h.parameter(name, [1, 2, 5, 3])) as [h.Tensor, h.Tensor, h.Tensor];
    const loss = h.sum(h.sin(h.attend(q, { keys: k, values: v }, { causal: true })));
    const slopes = h.gradients(loss, [q, k, v]);
    const shapesOf = (passesOn: readonly PassName[]): string[] => {
      const graph = h.compile({ inputs: { q, k, v }, outputs: { slopes }, options: only(passesOn) }).model.graph;
      const sums = graph.nodes.filter(({ opType }) => opType === 'ReduceSum').map(({ inputs }) => inputs[0]);
      return graph.nodes.filter(({ outputs }) => sums.includes(outputs[0])).flatMap(({ inputs }) => inputs);
    };
    // The factor that is a softmax has rows as long as there are places.
    expect(shapesOf(['shareCommon']).some((name) => name.startsWith('Softmax'))).toBe(true);
    expect(shapesOf(['shareCommon', 'shortenRowSums']).some((name) => name.startsWith('Softmax'))).toBe(false);
    const feeds = new Map([q, k, v].map((tensor, phase) => [tensor, fill([1, 2, 5, 3], phase)]));
    const expected = evaluate(slopes, feeds);
    const actual = await runCompiled(slopes, feeds);
    for (const [index, array] of actual.entries()) expectClose(array, expected[index] as HostArray, 1e-5);
  });

  test('constants are computed while compiling', () => {
    const y = h.mul(x, h.sqrt(h.add(h.constant([1, 2, 3]), 2)));
    expect(nodeTypes({ inputs: { x }, outputs: { y } })).toEqual(['Mul']);
  });

  test('a scan that is rematerialised keeps nothing but its carries for the gradient', () => {
    const outputsOfScans = (rematerialise: boolean): number[] => {
      const { carry } = h.scan(
        (s: h.Tensor, row: h.Tensor) => ({ carry: h.tanh(h.mul(h.sin(s), h.exp(row))), y: {} }),
        h.zeros([3]),
        x,
        { rematerialise },
      );
      const slope = h.gradients(h.sum(carry), [x])[0] as h.Tensor;
      const { model } = h.compile({ inputs: { x }, outputs: { slope }, options: { unrollBelow: 0 } });
      return model.graph.nodes.filter(({ opType }) => opType === 'Scan').map(({ outputs }) => outputs.length);
    };
    // The last carry and those of every step; without it also what lies inside of each.
    expect(outputsOfScans(true)[0]).toBe(2);
    expect(outputsOfScans(false)[0]).toBeGreaterThan(3);
  });

  test('a scan and its gradient run the forward steps once', () => {
    const { carry, ys } = h.scan(
      (s: h.Tensor, row: h.Tensor) => ({ carry: h.tanh(h.mul(s, row)), y: s }),
      h.parameter('s', [3]),
      x,
    );
    const s = h.leavesOf({ carry })[0]?.tensor.node.inputs[0] as h.Tensor;
    const loss = h.add(h.sum(carry), h.sum(ys));
    const outputs = { loss, slope: h.gradients(loss, [x])[0] as h.Tensor };
    const scans = (options: h.CompileRequest['options']): number =>
      nodeTypes({ inputs: { x, s }, outputs, ...(options && { options }) }).filter((type) => type === 'Scan').length;
    expect(scans({ unrollBelow: 0 })).toBe(2);
    expect(scans({ unrollBelow: 0, ...only([]) })).toBe(3);
  });
});

test('named dimensions are bound, or stay open', async () => {
  const x = h.parameter('x', ['B', 'T', 2]);
  const flat = h.reshape(x, [-1, 2]);
  const y = h.reshape(h.sub(flat, h.mean(flat, { axes: 0 })), x.shape);
  const doubled = h.concat([y, h.reverse(y, 1)], 1);
  const feeds = new Map([[x, h.hostArray([2, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13])]]);
  const expected = h.evaluate([doubled], feeds)[0] as HostArray;
  expect(doubled.shape.map(String)).toEqual(['B', '2*T', '2']);
  expectClose((await runCompiled([doubled], feeds))[0] as HostArray, expected, 1e-6);
  const bound = h.compile({ inputs: { x }, outputs: { doubled }, bindings: { B: 2, T: 3 } });
  expect(bound.outputs[0]?.shape).toEqual([2, 6, 2]);
  expect(() => h.compile({ inputs: { x }, outputs: { doubled }, bindings: { B: 2 } })).toThrow(/T is not/u);
});
