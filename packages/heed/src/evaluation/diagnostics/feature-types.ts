/** Sees to it that a feature keeps the type that it had at first. */
export interface TypeWatch {
  /** The first feature whose type has changed; `null` where all are as before. */
  check(features: unknown, name: string): TypeChange | null;
}

export interface TypeChange {
  readonly feature: string;
  readonly was: string;
  readonly is: string;
}

/** A feature may be missing or null now and then: that is no other type. */
export function createTypeWatch(): TypeWatch {
  const types = new Map<string, string>();

  function check(value: unknown, path: string): TypeChange | null {
    const is = typeOf(value);
    if (is === 'null') return null;
    const was = types.get(path);
    if (was === undefined) types.set(path, is);
    else if (was !== is) return { feature: path, was, is };
    if (is !== 'object') return null;
    for (const [name, inner] of Object.entries(value as object)) {
      const change = check(inner, `${path}.${name}`);
      if (change !== null) return change;
    }
    return null;
  }

  return { check };
}

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}
