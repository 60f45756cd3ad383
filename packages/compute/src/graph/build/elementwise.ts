import type { OpName } from '../attributes.ts';
import type { DType } from '../dtype.ts';
import { isTensor, makeTensor, type Tensor, type TensorLike } from '../tensor.ts';
import { asTensor } from './sources.ts';

type Plain = Extract<
  OpName,
  'add' | 'sub' | 'mul' | 'div' | 'pow' | 'minimum' | 'maximum' | 'equal' | 'less' | 'lessEqual'
>;

function binary(op: Plain, a: TensorLike, b: TensorLike): Tensor {
  const dtype = isTensor(a) ? a.dtype : isTensor(b) ? b.dtype : 'float32';
  return makeTensor(op, [asTensor(a, dtype), asTensor(b, dtype)], {});
}

/** `a + b`, lengths of 1 being stretched. */
export const add = (a: TensorLike, b: TensorLike): Tensor => binary('add', a, b);
/** `a − b` */
export const sub = (a: TensorLike, b: TensorLike): Tensor => binary('sub', a, b);
/** `a · b`, element by element. */
export const mul = (a: TensorLike, b: TensorLike): Tensor => binary('mul', a, b);
/** `a / b`; whole types drop the fraction. */
export const div = (a: TensorLike, b: TensorLike): Tensor => binary('div', a, b);
/** `a ^ b`, for `a ≥ 0` or whole constants `b`. */
export const pow = (a: TensorLike, b: TensorLike): Tensor => binary('pow', a, b);
/** The smaller of two, element by element. Where they are equal, each gets half of the gradient. */
export const minimum = (a: TensorLike, b: TensorLike): Tensor => binary('minimum', a, b);
/** The larger of two, element by element. Where they are equal, each gets half of the gradient. */
export const maximum = (a: TensorLike, b: TensorLike): Tensor => binary('maximum', a, b);

/** `a = b`, as bool. */
export const equal = (a: TensorLike, b: TensorLike): Tensor => binary('equal', a, b);
/** `a < b`, as bool. */
export const less = (a: TensorLike, b: TensorLike): Tensor => binary('less', a, b);
/** `a ≤ b`, as bool. */
export const lessEqual = (a: TensorLike, b: TensorLike): Tensor => binary('lessEqual', a, b);
/** `a > b`, as bool. */
export const greater = (a: TensorLike, b: TensorLike): Tensor => binary('less', b, a);
/** `a ≥ b`, as bool. */
export const greaterEqual = (a: TensorLike, b: TensorLike): Tensor => binary('lessEqual', b, a);
/** `a ≠ b`, as bool. */
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => not(equal(a, b));
/** Whether both hold, on bool. */
export const and = (a: Tensor, b: Tensor): Tensor => makeTensor('and', [a, b], {});
/** Whether at least one holds, on bool. */
export const or = (a: Tensor, b: Tensor): Tensor => makeTensor('or', [a, b], {});
/** Whether it does not hold, on bool. */
export const not = (x: Tensor): Tensor => makeTensor('not', [x], {});
/** Whether an element is not a number, as bool. */
export const isNaN = (x: Tensor): Tensor => makeTensor('isNaN', [x], {});

/**
 * `a` where the condition holds, else `b`. What is not chosen gives no gradient, even where its own would be NaN.
 *
 * @example
 * const safe = where(greater(x, 0), log(x), 0);
 */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const dtype = isTensor(a) ? a.dtype : isTensor(b) ? b.dtype : 'float32';
  return makeTensor('where', [condition, asTensor(a, dtype), asTensor(b, dtype)], {});
}

/** `−x` */
export const neg = (x: Tensor): Tensor => makeTensor('neg', [x], {});
/** `|x|`; its gradient at 0 is 0. */
export const abs = (x: Tensor): Tensor => makeTensor('abs', [x], {});
/** −1, 0 or 1. */
export const sign = (x: Tensor): Tensor => makeTensor('sign', [x], {});
/** `eˣ` */
export const exp = (x: Tensor): Tensor => makeTensor('exp', [x], {});
/** `exp(x) − 1`, exact near 0. */
export const expm1 = (x: Tensor): Tensor => makeTensor('expm1', [x], {});
/** The natural logarithm. */
export const log = (x: Tensor): Tensor => makeTensor('log', [x], {});
/** `log(1 + x)`, exact near 0. */
export const log1p = (x: Tensor): Tensor => makeTensor('log1p', [x], {});
/** `√x` */
export const sqrt = (x: Tensor): Tensor => makeTensor('sqrt', [x], {});
/** `1 / √x` */
export const rsqrt = (x: Tensor): Tensor => reciprocal(sqrt(x));
/** `1 / x` */
export const reciprocal = (x: Tensor): Tensor => makeTensor('reciprocal', [x], {});
/** `x²` */
export const square = (x: Tensor): Tensor => makeTensor('square', [x], {});
/** The sine of an angle in radians. */
export const sin = (x: Tensor): Tensor => makeTensor('sin', [x], {});
/** The cosine of an angle in radians. */
export const cos = (x: Tensor): Tensor => makeTensor('cos', [x], {});
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => makeTensor('tanh', [x], {});
/** `1 / (1 + exp(−x))` */
export const sigmoid = (x: Tensor): Tensor => makeTensor('sigmoid', [x], {});
/** `log(1 + exp(x))`, without overflow. */
export const softplus = (x: Tensor): Tensor => makeTensor('softplus', [x], {});
/** `max(x, 0)` */
export const relu = (x: Tensor): Tensor => makeTensor('relu', [x], {});
/** The error function. */
export const erf = (x: Tensor): Tensor => makeTensor('erf', [x], {});
/** The standard normal distribution function `(1 + erf(x/√2)) / 2`. */
export const normalCdf = (x: Tensor): Tensor => makeTensor('normalCdf', [x], {});
/** `x · Φ(x)`: the exact form. Its gradient shares `Φ(x)`. */
export const gelu = (x: Tensor): Tensor => makeTensor('gelu', [x], {});
/** `x · sigmoid(x)`. Its gradient shares `sigmoid(x)`. */
export const silu = (x: Tensor): Tensor => makeTensor('silu', [x], {});
/** `silu(a) · b`, the gate of SwiGLU. Its gradient takes a pass less than those of its parts. */
export const gatedSilu = (a: Tensor, b: Tensor): Tensor => makeTensor('gatedSilu', [a, b], {});
/** The largest whole number that is not above; its gradient is 0. */
export const floor = (x: Tensor): Tensor => makeTensor('floor', [x], {});
/** The smallest whole number that is not below; its gradient is 0. */
export const ceil = (x: Tensor): Tensor => makeTensor('ceil', [x], {});
/** To the nearest whole number, halves to the even one. */
export const round = (x: Tensor): Tensor => makeTensor('round', [x], {});
/** Holds elements within bounds; outside, the gradient is 0. */
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  makeTensor('clip', [x], { minimum: low, maximum: high });
/** Converts elements to another type; whole types drop the fraction. */
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : makeTensor('cast', [x], { dtype }));
/** `x >>> bits` on uint32. */
export const shiftRight = (x: Tensor, bits: number): Tensor => makeTensor('shiftRight', [x], { bits });

/** The same value, as a node of its own: a handle for gradients with respect to it. */
export const identity = (x: Tensor): Tensor => makeTensor('identity', [x], {});
/** The same value, through which no gradient flows. */
export const stopGradient = (x: Tensor): Tensor => makeTensor('stopGradient', [x], {});
/**
 * The value of one expression with the gradient of another.
 *
 * @example
 * const quantised = straightThrough(round(x), x);
 */
export const straightThrough = (value: Tensor, gradientOf: Tensor): Tensor =>
  add(gradientOf, stopGradient(sub(value, gradientOf)));

/** `log(exp(a) + exp(b))`, right for infinities. */
export function logaddexp(a: TensorLike, b: TensorLike): Tensor {
  const high = maximum(a, b);
  const low = minimum(a, b);
  return add(high, softplus(where(equal(high, low), 0, sub(low, high))));
}
