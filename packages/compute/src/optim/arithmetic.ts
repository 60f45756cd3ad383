import { add, div, expm1, mul, neg, sqrt, sub } from '../graph/build/elementwise.ts';
import type { HostArray } from '../graph/rule.ts';
import type { Tensor } from '../graph/tensor.ts';

/** What the rules of optimisers are written in, so that each is written once for graphs and for memory. */
export interface Arithmetic<Value> {
  readonly add: (a: Value, b: Value) => Value;
  readonly sub: (a: Value, b: Value) => Value;
  readonly mul: (a: Value, b: Value) => Value;
  readonly div: (a: Value, b: Value) => Value;
  readonly sqrt: (x: Value) => Value;
  /** A number as a value that fits any other. */
  readonly scalar: (value: number) => Value;
  /** `1 − base ^ exponent`, exact where it is small. */
  readonly powerComplement: (base: number, exponent: Value) => Value;
}

/** Expressions; a number stands for itself. */
export const graphArithmetic: Arithmetic<Tensor | number> = {
  add,
  sub,
  mul,
  div,
  sqrt: (x) => (typeof x === 'number' ? Math.sqrt(x) : sqrt(x)),
  scalar: (value) => value,
  powerComplement: (base, exponent) =>
    typeof exponent === 'number' ? -Math.expm1(exponent * Math.log(base)) : neg(expm1(mul(exponent, Math.log(base)))),
};

const float32 =
  (compute: (a: number, b: number) => number) =>
  (a: HostArray, b: HostArray): HostArray => {
    const [long, short] = a.data.length >= b.data.length ? [a, b] : [b, a];
    const at = (array: HostArray, index: number): number =>
      array.data[array === short && isScalar(array) ? 0 : index] ?? 0;
    return { ...long, data: long.data.map((_, index) => Math.fround(compute(at(a, index), at(b, index)))) };
  };

const isScalar = (array: HostArray): boolean => array.shape.length === 0;

/** A number as an array without axes, as it is. */
export const hostScalar = (value: number): HostArray => ({ dtype: 'float32', shape: [], data: Float64Array.of(value) });

/** Arrays in memory, rounded to float32 after every operation. Scalars that steps share stay exact. */
export const hostArithmetic: Arithmetic<HostArray> = {
  add: float32((a, b) => a + b),
  sub: float32((a, b) => a - b),
  mul: float32((a, b) => a * b),
  div: float32((a, b) => a / b),
  sqrt: (x) => ({ ...x, data: x.data.map((value) => Math.fround(Math.sqrt(value))) }),
  scalar: (value) => hostScalar(Math.fround(value)),
  powerComplement: (base, exponent) => hostScalar(Math.fround(-Math.expm1((exponent.data[0] ?? 0) * Math.log(base)))),
};
