import { describe, expect, test } from 'vitest';
import { gradients } from '../grad/reverse.ts';
import { vmap } from '../grad/vmap.ts';
import { evaluate } from '../reference/evaluate.ts';
import { isFloating } from './dtype.ts';
import type { HostArray } from './rule.ts';
import type { Tensor } from './tensor.ts';
import { parameter } from './build/sources.ts';
import { nodesOf } from './traverse.ts';
import { ops } from './ops.ts';
import { expectClose, expectGradients, mixture, prepare, runOnnx, type OpCase } from './testing.ts';
import { allCases } from './testing-cases.ts';

describe.each(allCases)('$name', (given: OpCase) => {
  test('ONNX Runtime gives what the reference gives, values and gradients', async () => {
    const { inputs, feeds, outputs } = prepare(given);
    const slopes = gradients(
      mixture(outputs),
      inputs.filter((input) => isFloating(input.dtype)),
    );
    const wanted = [...outputs, ...slopes];
    const expected = evaluate(wanted, feeds);
    expect(wanted.length).toBeGreaterThan(0);
    for (const unrollBelow of [0, 8]) {
      const actual = await runOnnx(wanted, feeds, { unrollBelow });
      for (const [index, array] of actual.entries())
        expectClose(array, expected[index] as HostArray, 1e-5, `output ${index}`);
    }
  });

  test('gradients of both orders equal central differences', () => {
    expect(() => expectGradients(prepare(given), 2)).not.toThrow();
  });

  test('vmap gives what a loop gives', () => {
    const batch = [0, 1].map((item) =>
      given.inputs.map((array) =>
        isFloating(array.dtype) ? { ...array, data: array.data.map((v) => v * (1 + 0.1 * item)) } : array,
      ),
    );
    const looped = batch.map((arrays) => {
      const { feeds, outputs } = prepare({ ...given, inputs: arrays });
      return evaluate(outputs, feeds);
    });
    for (const mapped of masks(given.inputs.length)) {
      const inputs = given.inputs.map((array, index) =>
        parameter(`v${index}`, mapped[index] === true ? [2, ...array.shape] : array.shape, array.dtype),
      );
      const feeds = new Map(
        inputs.map((tensor, index): [Tensor, HostArray] => {
          const first = batch[0]?.[index] as HostArray;
          const second = batch[1]?.[index] as HostArray;
          const data = Float64Array.from([...first.data, ...second.data]);
          return [tensor, mapped[index] === true ? { ...first, shape: [2, ...first.shape], data } : first];
        }),
      );
      const mapping = vmap(
        (...args: readonly Tensor[]) => [...given.build(args)],
        mapped.map((is) => (is ? 0 : null)),
      );
      const results = evaluate(mapping(...inputs), feeds);
      expect(results.length).toBe(looped[0]?.length);
      const separately = mapped.every(Boolean) ? looped : [0, 1].map((item) => partly(given, batch, mapped, item));
      for (const [index, result] of results.entries()) {
        const parts = separately.map((arrays) => arrays[index] as HostArray);
        const expected = {
          ...(parts[0] as HostArray),
          shape: result.shape,
          data: Float64Array.from(parts.flatMap((part) => [...part.data])),
        };
        expectClose(result, expected, 1e-9, `mapped ${mapped.join()}, output ${index}`);
      }
    }
  });
});

/** All arguments mapped; and each one alone. */
const masks = (count: number): boolean[][] => [
  Array.from({ length: count }, () => true),
  ...(count === 1
    ? []
    : Array.from({ length: count }, (_, one) => Array.from({ length: count }, (_unused, index) => index === one))),
];

function partly(
  given: OpCase,
  batch: readonly (readonly HostArray[])[],
  mapped: readonly boolean[],
  item: number,
): HostArray[] {
  const arrays = given.inputs.map((_, index) => batch[mapped[index] === true ? item : 0]?.[index] as HostArray);
  const { feeds, outputs } = prepare({ ...given, inputs: arrays });
  return evaluate(outputs, feeds);
}

test('every op of the table occurs in a case', () => {
  const used = new Set(allCases.flatMap((given) => nodesOf(prepare(given).outputs).map((node) => node.op)));
  const elsewhere = ['gemm', 'philox', 'iota', 'dimensionSize', 'isNaN', 'shiftRight'];
  expect(Object.keys(ops).filter((op) => !used.has(op as keyof typeof ops) && !elsewhere.includes(op))).toEqual([]);
});
