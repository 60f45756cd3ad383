import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createAveraging,
  createOptimizer,
  optimizerStates,
  type OptimizerRule,
  type OptimizerSlot,
} from './optimizer.ts';
import { allocateTensor, createArena, type SharedTensor, type TensorArena } from './shared-tensor.ts';
import { plainStep } from './testing-optimizer.ts';

function tensorOf(arena: TensorArena, values: readonly number[]): SharedTensor {
  const tensor = arena.allocate('float32', [values.length]);
  (tensor.data as Float32Array).set(values);
  return tensor;
}

function slotOf(
  arena: TensorArena,
  kind: OptimizerRule['kind'],
  parameter: readonly number[],
  gradient: readonly number[],
): OptimizerSlot {
  return {
    parameter: tensorOf(arena, parameter),
    gradient: tensorOf(arena, gradient),
    state: optimizerStates[kind].map(() => arena.allocate('float32', [parameter.length])),
  };
}

function floats({ data }: SharedTensor): Float32Array {
  return data as Float32Array;
}

test('the first step of Adam moves each parameter by the learning rate against its gradient', () => {
  const arena = createArena(4096);
  const slot = slotOf(arena, 'adam', [1, -2, 0.5, 3, 10], [0.5, -4, 100, 0, 2]);
  const norm = createOptimizer(arena.memory, { kind: 'adam' }, [slot]).step({
    learningRate: 0.125,
    step: 1,
    maxGradientNorm: Infinity,
  });
  const expected = [0.875, -1.875, 0.375, 3, 9.875];
  for (const [index, value] of expected.entries()) expect(slot.parameter.data[index]).toBeCloseTo(value, 6);
  expect(norm).toBeCloseTo(Math.sqrt(0.25 + 16 + 10_000 + 4), 10);
});

test('hand-worked steps of the other rules', () => {
  const arena = createArena(8192);
  const sgd = slotOf(arena, 'sgd', [1], [2]);
  const descend = createOptimizer(arena.memory, { kind: 'sgd', momentum: 0.5, weightDecay: 0.5 }, [sgd]);
  descend.step({ learningRate: 0.25, step: 1 });
  expect(sgd.parameter.data[0]).toBe(1 - 0.25 * 2.5);
  descend.step({ learningRate: 0.25, step: 2 });
  expect(sgd.parameter.data[0]).toBe(0.375 - 0.25 * (1.25 + 2 + 0.1875));

  const adagrad = slotOf(arena, 'adagrad', [1], [4]);
  createOptimizer(arena.memory, { kind: 'adagrad', epsilon: 0 }, [adagrad]).step({ learningRate: 0.5, step: 1 });
  expect(adagrad.parameter.data[0]).toBe(0.5);

  const rmsprop = slotOf(arena, 'rmsprop', [1], [4]);
  createOptimizer(arena.memory, { kind: 'rmsprop', alpha: 0.75, epsilon: 0 }, [rmsprop]).step({
    learningRate: 0.5,
    step: 1,
  });
  expect(rmsprop.parameter.data[0]).toBe(0);
});

test('clipping scales all gradients by one factor', () => {
  const arena = createArena(8192);
  const slots = [slotOf(arena, 'sgd', [0], [3]), slotOf(arena, 'sgd', [0, 0], [0, 4])];
  const norm = createOptimizer(arena.memory, { kind: 'sgd' }, slots).step({
    learningRate: 1,
    step: 1,
    maxGradientNorm: 1,
  });
  expect(norm).toBe(5);
  expect(slots[0]?.parameter.data[0]).toBeCloseTo(-0.6, 6);
  expect(slots[1]?.parameter.data[1]).toBeCloseTo(-0.8, 6);
});

test('weight decay leaves a slot alone that asks for it', () => {
  const arena = createArena(8192);
  const slots = [slotOf(arena, 'adam', [1], [0]), { ...slotOf(arena, 'adam', [1], [0]), decays: false }];
  createOptimizer(arena.memory, { kind: 'adam', weightDecay: 0.5 }, slots).step({ learningRate: 0.5, step: 1 });
  expect(slots.map(({ parameter }) => parameter.data[0])).toStrictEqual([0.75, 1]);
});

const rules: OptimizerRule[] = [
  { kind: 'sgd' },
  { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  { kind: 'sgd', momentum: 0.9, nesterov: true },
  { kind: 'adam' },
  { kind: 'adam', weightDecay: 0.1, decoupled: false },
  { kind: 'adam', beta1: 0.8, beta2: 0.95, weightDecay: 0.1, decoupled: true },
  { kind: 'rmsprop', weightDecay: 0.01 },
  { kind: 'adagrad', epsilon: 1e-8 },
];

test.each(rules)('%o is bit for bit the plain loop in float32', (rule) => {
  const numbers = fc.float({ min: -100, max: 100, noNaN: true });
  const vectors = fc.integer({ min: 1, max: 37 }).chain((length) => {
    const vector = fc.array(numbers, { minLength: length, maxLength: length });
    return fc.record({ parameter: vector, gradients: fc.array(vector, { minLength: 1, maxLength: 4 }) });
  });
  fc.assert(
    fc.property(vectors, fc.double({ min: 1e-5, max: 0.5, noNaN: true }), ({ parameter, gradients }, learningRate) => {
      const arena = createArena(65_536);
      const slot = slotOf(arena, rule.kind, parameter, parameter);
      const neighbour = tensorOf(arena, [7, 7, 7, 7]);
      const plain = {
        parameter: new Float32Array(parameter),
        gradient: new Float32Array(parameter.length),
        state: slot.state.map(({ data }) => new Float32Array(data.length)),
      };
      const optimizer = createOptimizer(arena.memory, rule, [slot]);
      for (const [index, gradient] of gradients.entries()) {
        const step = { learningRate, step: index + 1, maxGradientNorm: 50 };
        floats(slot.gradient).set(gradient);
        plain.gradient.set(gradient);
        const norm = optimizer.step(step);
        plainStep(rule, plain, step, Math.min(1, 50 / ((norm ?? 0) + 1e-6)));
      }
      expect(floats(slot.parameter).slice()).toStrictEqual(plain.parameter);
      expect(slot.state.map((tensor) => floats(tensor).slice())).toStrictEqual(plain.state);
      expect([...neighbour.data]).toStrictEqual([7, 7, 7, 7]);
    }),
    { numRuns: 60 },
  );
});

test('Polyak averaging moves the target by its rate', () => {
  const arena = createArena(4096);
  const target = tensorOf(arena, [0, 1, 2, 3, 4]);
  const source = tensorOf(arena, [4, 5, 6, 7, 8]);
  createAveraging(arena.memory, [{ target, source }])(0.25);
  expect([...target.data]).toStrictEqual([1, 2, 3, 4, 5]);
});

test('tensors that an optimiser cannot work on are refused', () => {
  const arena = createArena(4096);
  const slot = slotOf(arena, 'sgd', [1, 2], [1, 2]);
  const create = (change: Partial<OptimizerSlot>) => () =>
    createOptimizer(arena.memory, { kind: 'sgd' }, [{ ...slot, ...change }]);
  expect(create({ gradient: allocateTensor('float32', [2]) })).toThrow(/gradient 0 must be allocated from the arena/);
  expect(create({ gradient: arena.allocate('float32', [3]) })).toThrow(/gradient 0 must have 2 elements: it has 3/);
  expect(create({ parameter: arena.allocate('float64', [2]) })).toThrow(/parameter 0 must be float32/);
  expect(create({ state: [] })).toThrow(/slot 0 must have the state velocity/);
  const optimizer = createOptimizer(arena.memory, { kind: 'sgd' }, [slot]);
  expect(() => optimizer.step({ learningRate: 1, step: 0 })).toThrow(/a whole number from 1/);
});
