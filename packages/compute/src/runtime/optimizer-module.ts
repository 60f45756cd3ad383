import {
  add,
  addDouble,
  addDoubles,
  addInteger,
  assembleModule,
  divide,
  eachVector,
  get,
  lane,
  load,
  multiply,
  multiplyDoubles,
  promoteLow,
  set,
  splat,
  sqrt,
  store,
  subtract,
  upperHalf,
  type Code,
  type WasmFunction,
} from './wasm-assembler.ts';

/** What a kernel reads and writes at one place of the vectors; `assign` keeps a value for use more than once. */
interface Lanes {
  readonly array: (index: number) => Code;
  readonly scalar: (index: number) => Code;
  readonly assign: (value: Code) => Code;
  readonly write: (index: number, value: Code) => void;
}

const largestTemporaryCount = 8;

/**
 * A function of `arrays` pointers, a count of bytes and `scalars` numbers that works through the arrays in one pass,
 * four elements at a time.
 */
function kernel(name: string, arrays: number, scalars: number, formula: (lanes: Lanes) => void): WasmFunction {
  const count = arrays;
  const firstScalar = arrays + 1;
  const offset = firstScalar + scalars;
  const firstSplat = offset + 1;
  const firstTemporary = firstSplat + scalars;
  const address = (index: number): Code => addInteger(get(index), get(offset));
  const body: number[] = [];
  let temporaries = 0;
  formula({
    array: (index) => load(address(index)),
    scalar: (index) => get(firstSplat + index),
    assign: (value) => {
      const local = firstTemporary + temporaries;
      temporaries += 1;
      if (temporaries > largestTemporaryCount)
        throw new RangeError(`cannot assemble ${name}, as it may keep at most ${largestTemporaryCount} values`);
      body.push(...set(local, value));
      return get(local);
    },
    write: (index, value) => {
      body.push(...store(address(index), value));
    },
  });
  const splats = Array.from({ length: scalars }, (_, index) =>
    set(firstSplat + index, splat(get(firstScalar + index))),
  ).flat();
  return {
    name,
    parameters: [
      ...Array.from({ length: arrays + 1 }, () => 'i32' as const),
      ...Array.from({ length: scalars }, () => 'f32' as const),
    ],
    result: null,
    locals: ['i32', ...Array.from({ length: scalars + largestTemporaryCount }, () => 'v128' as const)],
    body: [...splats, ...eachVector(offset, count, body)],
  };
}

/** Gradient times the clipping factor. */
const clipped = ({ array, scalar }: Lanes): Code => multiply(array(1), scalar(0));

// In every kernel, array 0 holds the parameters, array 1 the gradients, and scalar 0 is the clipping factor.

const sgd = kernel('sgd', 3, 6, (lanes) => {
  const { array, scalar, assign, write } = lanes;
  const [learningRate, weightDecay, momentum] = [1, 2, 3].map(scalar) as [Code, Code, Code];
  // Plain momentum goes along 0 · gradient + 1 · velocity, Nesterov's along 1 · gradient + momentum · velocity.
  const [gradientWeight, velocityWeight] = [4, 5].map(scalar) as [Code, Code];
  const parameter = assign(array(0));
  const gradient = assign(add(clipped(lanes), multiply(weightDecay, parameter)));
  const velocity = assign(add(multiply(momentum, array(2)), gradient));
  write(2, velocity);
  const direction = add(multiply(gradientWeight, gradient), multiply(velocityWeight, velocity));
  write(0, subtract(parameter, multiply(learningRate, direction)));
});

const adam = kernel('adam', 4, 10, (lanes) => {
  const { array, scalar, assign, write } = lanes;
  const [stepSize, keep, decay] = [1, 2, 3].map(scalar) as [Code, Code, Code];
  const [beta1, rest1, beta2, rest2] = [4, 5, 6, 7].map(scalar) as [Code, Code, Code, Code];
  const [rootScale, epsilon] = [8, 9].map(scalar) as [Code, Code];
  const parameter = assign(array(0));
  const gradient = assign(add(clipped(lanes), multiply(decay, parameter)));
  const first = assign(add(multiply(beta1, array(2)), multiply(rest1, gradient)));
  const second = assign(add(multiply(beta2, array(3)), multiply(rest2, multiply(gradient, gradient))));
  write(2, first);
  write(3, second);
  const denominator = add(multiply(sqrt(second), rootScale), epsilon);
  write(0, subtract(multiply(parameter, keep), multiply(stepSize, divide(first, denominator))));
});

const rmsprop = kernel('rmsprop', 3, 6, (lanes) => {
  const { array, scalar, assign, write } = lanes;
  const [learningRate, weightDecay, alpha, rest, epsilon] = [1, 2, 3, 4, 5].map(scalar) as [
    Code,
    Code,
    Code,
    Code,
    Code,
  ];
  const parameter = assign(array(0));
  const gradient = assign(add(clipped(lanes), multiply(weightDecay, parameter)));
  const square = assign(add(multiply(alpha, array(2)), multiply(rest, multiply(gradient, gradient))));
  write(2, square);
  write(0, subtract(parameter, multiply(learningRate, divide(gradient, add(sqrt(square), epsilon)))));
});

const adagrad = kernel('adagrad', 3, 4, (lanes) => {
  const { array, scalar, assign, write } = lanes;
  const [learningRate, weightDecay, epsilon] = [1, 2, 3].map(scalar) as [Code, Code, Code];
  const parameter = assign(array(0));
  const gradient = assign(add(clipped(lanes), multiply(weightDecay, parameter)));
  const square = assign(add(array(2), multiply(gradient, gradient)));
  write(2, square);
  write(0, subtract(parameter, multiply(learningRate, divide(gradient, add(sqrt(square), epsilon)))));
});

/** target ← target + rate · (source - target). */
const average = kernel('average', 2, 1, ({ array, scalar, assign, write }) => {
  const target = assign(array(0));
  write(0, add(target, multiply(scalar(0), subtract(array(1), target))));
});

const square = (a: Code): Code => multiplyDoubles(a, a);

/** Sum of squares in double precision, in four lanes that are added at the end: the same on every machine. */
function squaredNorm(): WasmFunction {
  const [pointer, count, offset, value, lower, upper] = [0, 1, 2, 3, 4, 5] as const;
  const body = [
    ...set(value, load(addInteger(get(pointer), get(offset)))),
    ...set(lower, addDoubles(get(lower), square(promoteLow(get(value))))),
    ...set(upper, addDoubles(get(upper), square(promoteLow(upperHalf(get(value)))))),
  ];
  const sums = addDoubles(get(lower), get(upper));
  return {
    name: 'squaredNorm',
    parameters: ['i32', 'i32'],
    result: 'f64',
    locals: ['i32', 'v128', 'v128', 'v128'],
    body: [
      ...eachVector(offset, count, body),
      ...set(value, sums),
      ...addDouble(lane(get(value), 0), lane(get(value), 1)),
    ],
  };
}

/** The bytes of the WebAssembly module with all kernels. */
export function assembleOptimizers(): Uint8Array<ArrayBuffer> {
  return assembleModule([sgd, adam, rmsprop, adagrad, average, squaredNorm()]);
}
