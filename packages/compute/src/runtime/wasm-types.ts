/** Memory that WebAssembly and typed arrays share; it may be posted to other threads. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** A compiled module. */
export type WasmModule = object;

interface Wasm {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly env: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
}

/** The part of WebAssembly that is used here: TypeScript has its types with those of browsers only. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
