import type { Highs, LegacyHighsSolution } from 'highs';

export type { Highs, LegacyHighsSolution };

let loading: Promise<Highs> | undefined;

/** HiGHS, a linear-programming solver in WebAssembly: loaded when it is first needed, then kept. */
export function loadHighs(): Promise<Highs> {
  loading ??= import('highs').then(({ default: load }) => load());
  return loading;
}
