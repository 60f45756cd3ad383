import type { Highs, LegacyHighsSolution } from 'highs';

export type { Highs, LegacyHighsSolution };

let loading: Promise<Highs> | undefined;

/** HiGHS, a linear-programming solver in WebAssembly: loaded when it is first needed, then kept. */
export function loadHighs(): Promise<Highs> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Highs> {
  // Its types describe the CommonJS form; as a module its default export is the loader itself.
  const { default: loader } = (await import('highs')) as unknown as { default: () => Promise<Highs> };
  return loader();
}
