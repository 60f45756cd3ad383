/** What one look at one thing found. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly finding: string;
  /** What to do about it, where it is not in order. */
  readonly advice?: string | undefined;
}

export function ok(name: string, finding: string): Check {
  return { name, status: 'ok', finding };
}

export function warn(name: string, finding: string, advice: string): Check {
  return { name, status: 'warn', finding, advice };
}

export function fail(name: string, finding: string, advice: string): Check {
  return { name, status: 'fail', finding, advice };
}

export function skipped(name: string, finding: string): Check {
  return { name, status: 'skipped', finding };
}
