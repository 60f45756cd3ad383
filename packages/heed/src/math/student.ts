/**
 * Quantile of the standard normal distribution: the `z` with `Φ(z) = probability`.
 *
 * @param probability in (0, 1); 0 and 1 give −Infinity and Infinity.
 * @source Wichura 1988, algorithm AS 241 (PPND7), followed by one step of Halley's method.
 */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity;
  if (probability >= 1) return Infinity;
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return refined(
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
        (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1),
      probability,
    );
  }
  const r = Math.sqrt(-Math.log(q < 0 ? probability : 1 - probability));
  const z =
    r <= 5
      ? (((0.17023821103 * (r - 1.6) + 1.3067284816) * (r - 1.6) + 2.75681539) * (r - 1.6) + 1.4234372777) /
        ((0.12021132975 * (r - 1.6) + 0.7370016425) * (r - 1.6) + 1)
      : (((0.017337203997 * (r - 5) + 0.42868294337) * (r - 5) + 3.081226386) * (r - 5) + 6.657905115) /
        ((0.012258202635 * (r - 5) + 0.24197894225) * (r - 5) + 1);
  return refined(q < 0 ? -z : z, probability);
}

/** One step of Halley's method on `Φ(z) − probability`. */
function refined(z: number, probability: number): number {
  const error = normalDistribution(z) - probability;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
  return z - step / (1 + (z * step) / 2);
}

/** `Φ(z)`: the share of the standard normal distribution below z; relative error below 1e-12 in either tail. */
export function normalDistribution(z: number): number {
  const half = gammaTail(z);
  return z > 0 ? 1 - half : half;
}

/** `Φ(−|z|)`: the series near 0, the continued fraction of the upper incomplete gamma function further out. */
function gammaTail(z: number): number {
  const x = (z * z) / 2;
  if (x < 3) {
    let term = Math.abs(z);
    let sum = term;
    for (let k = 1; k < 60 && term > sum * 1e-17; k += 1) {
      term *= (z * z) / (2 * k + 1);
      sum += term;
    }
    return 0.5 - (sum * Math.exp(-x)) / Math.sqrt(2 * Math.PI);
  }
  const a = 0.5;
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1; k < 300; k += 1) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return (Math.exp(-x) * Math.sqrt(x) * fraction) / (2 * Math.sqrt(Math.PI));
}

/**
 * Share of Student's distribution below `t`, by the incomplete beta function `I_{ν/(ν+t²)}(ν/2, 1/2)`.
 *
 * @param degrees ν > 0, whole or not; Infinity is the normal distribution.
 */
export function studentDistribution(t: number, degrees: number): number {
  if (degrees === Infinity || degrees > 1e8) return normalDistribution(t);
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/**
 * Quantile of Student's distribution.
 *
 * @param probability in (0, 1).
 * @param degrees ν > 0; below about 0.5 the quantile may be too large for a number.
 * @returns NaN where ν is not above 0.
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(degrees > 0)) return NaN;
  const z = normalQuantile(probability);
  if (degrees === Infinity || degrees > 1e8 || z === 0 || !Number.isFinite(z)) return z;
  // Found between two bounds in the half above 0: Newton's method alone runs away for few degrees.
  const upperShare = probability > 0.5 ? 1 - probability : probability;
  let low = 0;
  let high = Math.abs(z) + 1;
  while (studentTail(high, degrees) > upperShare && high < 1e12) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step += 1) {
    const middle = (low + high) / 2;
    if (studentTail(middle, degrees) > upperShare) low = middle;
    else high = middle;
  }
  return (Math.sign(z) * (low + high)) / 2;
}

/** Share above t > 0, without the loss of digits that `1 − F` has. */
function studentTail(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
}

/**
 * Regularised incomplete beta function `I_x(a, b)`, by its continued fraction.
 *
 * @param x in [0, 1].
 * @source Abramowitz and Stegun 1964, 26.5.8.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on the left of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guarded(1 + even * d);
    c = guarded(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guarded(1 + odd * d);
    c = guarded(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;

  function guarded(value: number): number {
    return Math.abs(value) < tiny ? tiny : value;
  }
}

/**
 * `log Γ(x)` for x > 0: Stirling's series above 15, reached from below by `Γ(x) = Γ(x + 1) / x`.
 *
 * @source Abramowitz and Stegun 1964, 6.1.40.
 */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < 15; at += 1) shift += Math.log(at);
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}
