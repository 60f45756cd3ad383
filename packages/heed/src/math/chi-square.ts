import { logGamma } from './student.ts';

/**
 * Probability that a chi-square variable exceeds a value: `Q(k/2, x/2)`, the upper regularised incomplete gamma function.
 *
 * @param value 0 or more.
 * @param degrees `k`, above 0.
 * @throws RangeError where either is not.
 * @source Numerical recipes, section 6.2: the series below `a + 1`, Lentz's continued fraction above.
 */
export function chiSquareTail(value: number, degrees: number): number {
  if (!(value >= 0 && degrees > 0))
    throw new RangeError(
      `cannot tell a chi-square tail, as the value must be 0 or more and the degrees above 0: they are ${value} and ${degrees}`,
    );
  const [a, x] = [degrees / 2, value / 2];
  if (x === 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * series(a, x) : front * fraction(a, x);
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < 1_000 && Math.abs(term) > Math.abs(sum) * 1e-16; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function fraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 1_000; i += 1) {
    const factor = -i * (i - a);
    b += 2;
    d = 1 / nonZero(factor * d + b, tiny);
    c = nonZero(b + factor / c, tiny);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return h;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}
