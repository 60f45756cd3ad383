/** Sees to it that a feature keeps the type that it had at first. */
export interface TypeWatch {
  /** The first feature that is not as it must be; `null` where all are. */
  check(features: unknown, name: string): TypeChange | null;
}

export interface TypeChange {
  readonly feature: string;
  /** What it must do, as `stay a number`. */
  readonly rule: string;
  readonly is: string;
}

/**
 * A feature may be missing or null now and then: that is no other type. Of a list of candidates, each may have features;
 * text that is JSON of an object or a list, as a column of Parquet has it, is looked into.
 */
export function createTypeWatch(): TypeWatch {
  const types = new Map<string, string>();
  /** Candidates come again with the same objects. */
  const known = new WeakSet<object>();

  function check(value: unknown, path: string): TypeChange | null {
    const is = typeOf(value);
    if (is === 'null') return null;
    if (is === 'number' && !Number.isFinite(value))
      return { feature: path, rule: 'be a finite number', is: String(value) };
    const was = types.get(path);
    if (was === undefined) types.set(path, is);
    else if (was !== is) return { feature: path, rule: `stay a ${was}`, is };
    if (is !== 'object') return null;
    for (const [name, inner] of Object.entries(value as object)) {
      const change = check(inner, `${path}.${name}`);
      if (change !== null) return change;
    }
    return null;
  }

  function checkCandidates(candidates: readonly unknown[], path: string): TypeChange | null {
    for (const each of candidates) {
      const features = (each as { readonly features?: unknown } | null)?.features;
      if (typeof features !== 'object' || features === null || known.has(features)) continue;
      const change = check(features, path);
      if (change !== null) return change;
      known.add(features);
    }
    return null;
  }

  return {
    check(given, name) {
      const features = parsed(given);
      return Array.isArray(features) ? checkCandidates(features, name) : check(features, name);
    },
  };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
