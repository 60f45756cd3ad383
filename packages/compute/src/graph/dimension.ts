/** One factor of a term: a name, or a rounded-down quotient that cannot be divided out. */
interface Atom {
  readonly key: string;
  readonly names: ReadonlySet<string>;
  readonly quotient?: { readonly numerator: SymbolicDimension; readonly divisor: number };
}

interface Term {
  readonly coefficient: number;
  readonly factors: readonly Atom[];
}

/**
 * A length that is a polynomial with whole coefficients in named lengths, such as `B` or `B*T + 1`.
 * Equal polynomials are the same object, so `===` compares them.
 */
export class SymbolicDimension {
  readonly key: string;
  readonly terms: readonly Term[];

  constructor(key: string, terms: readonly Term[]) {
    this.key = key;
    this.terms = terms;
  }

  /** The polynomial as text. */
  toString(): string {
    return this.key;
  }
}

/** A length of an axis: fixed, or named and bound when the graph is compiled. */
export type Dimension = number | SymbolicDimension;
export type Shape = readonly Dimension[];

/** How users write a dimension: a text names it. */
export type DimensionLike = Dimension | string;

/** The lengths that named dimensions take. */
export type Bindings = Readonly<Record<string, number>>;

const interned = new Map<string, SymbolicDimension>();

const termKey = (factors: readonly Atom[]): string => factors.map((factor) => factor.key).join('*');

function fromTerms(terms: readonly Term[]): Dimension {
  const byFactors = new Map<string, Term>();
  for (const term of terms) {
    const factors = term.factors.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const key = termKey(factors);
    byFactors.set(key, { coefficient: (byFactors.get(key)?.coefficient ?? 0) + term.coefficient, factors });
  }
  const kept = [...byFactors].filter(([, term]) => term.coefficient !== 0).toSorted(([a], [b]) => (a < b ? 1 : -1));
  if (kept.every(([key]) => key === '')) return kept[0]?.[1].coefficient ?? 0;
  const key = kept
    .map(([name, { coefficient }]) =>
      name === '' ? `${coefficient}` : coefficient === 1 ? name : `${coefficient}*${name}`,
    )
    .join(' + ');
  const known = interned.get(key);
  if (known !== undefined) return known;
  const made = new SymbolicDimension(
    key,
    kept.map(([, term]) => term),
  );
  interned.set(key, made);
  return made;
}

const termsOf = (value: Dimension): readonly Term[] =>
  typeof value === 'number' ? [{ coefficient: value, factors: [] }] : value.terms;

/**
 * Names a length that is bound when the graph is compiled.
 *
 * @throws RangeError for a name that is not an identifier.
 * @example
 * const x = parameter('x', [dimension('B'), 23]); // the same as parameter('x', ['B', 23])
 */
export function dimension(name: string): SymbolicDimension {
  if (!/^[A-Za-z_]\w*$/u.test(name)) {
    throw new RangeError(
      `cannot name a dimension, as its name must be letters, digits and _: it is ${JSON.stringify(name)}`,
    );
  }
  return fromTerms([{ coefficient: 1, factors: [{ key: name, names: new Set([name]) }] }]) as SymbolicDimension;
}

/** @throws RangeError for what is neither a whole number nor a name. */
export function toDimension(value: DimensionLike): Dimension {
  if (typeof value === 'string') return dimension(value);
  if (value instanceof SymbolicDimension || Number.isSafeInteger(value)) return value;
  throw new RangeError(`cannot use a length, as it must be a whole number or a name: it is ${String(value)}`);
}

/**
 * The length of an axis.
 *
 * @throws RangeError for what is neither a whole number from 0 nor a name.
 */
export function toLength(value: DimensionLike): Dimension {
  const length = toDimension(value);
  if (typeof length === 'number' && length < 0)
    throw new RangeError(`cannot use a length, as it must be from 0: it is ${length}`);
  return length;
}

export const addDimensions = (a: Dimension, b: Dimension): Dimension =>
  typeof a === 'number' && typeof b === 'number' ? a + b : fromTerms([...termsOf(a), ...termsOf(b)]);

export const subtractDimensions = (a: Dimension, b: Dimension): Dimension =>
  addDimensions(a, multiplyDimensions(b, -1));

export function multiplyDimensions(a: Dimension, b: Dimension): Dimension {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return fromTerms(
    termsOf(a).flatMap((left) =>
      termsOf(b).map((right) => ({
        coefficient: left.coefficient * right.coefficient,
        factors: [...left.factors, ...right.factors],
      })),
    ),
  );
}

/** `a / b` where it divides without remainder whatever the names stand for; else `undefined`. */
export function divideDimensions(a: Dimension, b: Dimension): Dimension | undefined {
  if (a === b) return 1;
  if (typeof a === 'number' && typeof b === 'number') return b !== 0 && a % b === 0 ? a / b : undefined;
  const divisor = termsOf(b);
  const [by] = divisor;
  if (divisor.length !== 1 || by === undefined || by.coefficient === 0) return undefined;
  const quotients: Term[] = [];
  for (const term of termsOf(a)) {
    const factors = [...term.factors];
    for (const factor of by.factors) {
      const at = factors.findIndex((candidate) => candidate.key === factor.key);
      if (at < 0) return undefined;
      factors.splice(at, 1);
    }
    if (term.coefficient % by.coefficient !== 0) return undefined;
    quotients.push({ coefficient: term.coefficient / by.coefficient, factors });
  }
  return fromTerms(quotients);
}

/** `⌊a / divisor⌋`. */
export function floorDivideDimension(a: Dimension, divisor: number): Dimension {
  if (typeof a === 'number') return Math.floor(a / divisor);
  const exact = divideDimensions(a, divisor);
  if (exact !== undefined) return exact;
  const names = new Set(a.terms.flatMap((term) => term.factors.flatMap((factor) => [...factor.names])));
  const atom: Atom = { key: `floor((${a.key})/${divisor})`, names, quotient: { numerator: a, divisor } };
  return fromTerms([{ coefficient: 1, factors: [atom] }]);
}

/** The product of all lengths. */
export const sizeOf = (shape: Shape): Dimension => {
  let size: Dimension = 1;
  for (const length of shape) size = multiplyDimensions(size, length);
  return size;
};

/**
 * Replaces names by lengths.
 *
 * @throws RangeError for a name without a length.
 */
export function bindDimension(value: Dimension, bindings: Bindings): number {
  if (typeof value === 'number') return value;
  let sum = 0;
  for (const term of value.terms) {
    let product = term.coefficient;
    for (const factor of term.factors) product *= bindAtom(factor, bindings);
    sum += product;
  }
  return sum;
}

function bindAtom(atom: Atom, bindings: Bindings): number {
  if (atom.quotient) return Math.floor(bindDimension(atom.quotient.numerator, bindings) / atom.quotient.divisor);
  const length = bindings[atom.key];
  if (length === undefined) {
    const known = Object.keys(bindings).join(', ') || 'none';
    throw new RangeError(`cannot bind ${atom.key}, as every named dimension must have a length: bound are ${known}`);
  }
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`cannot bind ${atom.key}, as a length must be a whole number from 0: it is ${length}`);
  }
  return length;
}

/** The names that a shape mentions. */
export const namesOf = (shape: Shape): readonly string[] => [
  ...new Set(
    shape.flatMap((length) =>
      typeof length === 'number' ? [] : length.terms.flatMap((term) => term.factors.flatMap((f) => [...f.names])),
    ),
  ),
];

export const formatShape = (shape: Shape): string => `[${shape.map(String).join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

/** The shape as numbers, for code that runs after binding. */
export function concrete(shape: Shape): number[] {
  return shape.map((length) => {
    if (typeof length === 'number') return length;
    throw new RangeError(
      `cannot use ${formatShape(shape)} here, as every dimension must be bound: ${length.key} is not`,
    );
  });
}
