import { add, div, less, log, minimum, mul, reciprocal, square, sub, where } from '../graph/build/elementwise.ts';
import { scalar } from '../graph/build/sources.ts';
import type { Tensor } from '../graph/tensor.ts';

// From here on the asymptotic series are good to 1e-9; smaller arguments are moved up by so many steps.
const shift = 8;

const steps = Array.from({ length: shift }, (_, step) => step);

/** Moves arguments below 8 up by 8: what the series is taken at, and the small argument, held where it is finite. */
function moved(x: Tensor): { readonly isSmall: Tensor; readonly small: Tensor; readonly large: Tensor } {
  const isSmall = less(x, shift);
  return { isSmall, small: minimum(x, shift), large: where(isSmall, add(x, shift), x) };
}

/** The value of a polynomial, from its coefficients, the constant one first. */
const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients.reduceRight<Tensor>((total, coefficient) => add(mul(total, x), coefficient), scalar(0, x.dtype));

/**
 * `ln Γ(x)` for `x > 0`: `Γ(x) = Γ(x + 8) / (x (x + 1) … (x + 7))`, then Stirling's series.
 *
 * @source NIST Digital Library of Mathematical Functions, 5.5.1 and 5.11.1.
 */
export function logGamma(x: Tensor): Tensor {
  const { isSmall, small, large } = moved(x);
  const inverse = reciprocal(large);
  const tail = mul(inverse, polynomial(square(inverse), [1 / 12, -1 / 360, 1 / 1260, -1 / 1680]));
  const stirling = add(sub(mul(sub(large, 0.5), log(large)), large), add(tail, 0.5 * Math.log(2 * Math.PI)));
  const product = steps.map((step) => add(small, step)).reduce((total, factor) => mul(total, factor));
  return sub(stirling, where(isSmall, log(product), 0));
}

/**
 * `ψ(x) = d ln Γ(x) / dx` for `x > 0`.
 *
 * @source NIST Digital Library of Mathematical Functions, 5.5.2 and 5.11.2.
 */
export function digamma(x: Tensor): Tensor {
  const { isSmall, small, large } = moved(x);
  const inverse = reciprocal(large);
  const squared = square(inverse);
  const tail = mul(squared, polynomial(squared, [1 / 12, -1 / 120, 1 / 252, -1 / 240]));
  const series = sub(sub(log(large), mul(inverse, 0.5)), tail);
  const sum = steps.map((step) => div(1, add(small, step))).reduce((total, term) => add(total, term));
  return sub(series, where(isSmall, sum, 0));
}

/** `ln B(a, b) = ln Γ(a) + ln Γ(b) − ln Γ(a + b)` */
export const logBeta = (a: Tensor, b: Tensor): Tensor => sub(add(logGamma(a), logGamma(b)), logGamma(add(a, b)));
