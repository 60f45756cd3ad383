/** Instructions of WebAssembly as bytes: each function returns the code that leaves its result on the stack. */
export type Code = readonly number[];

const valueTypes = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof valueTypes;

/** A whole number as LEB128 without a sign. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(code: Code): Code {
  return [...unsigned(code.length), ...code];
}

function name(text: string): Code {
  return sized([...new TextEncoder().encode(text)]);
}

function simd(opcode: number, ...operands: readonly Code[]): Code {
  return [...operands.flat(), 0xfd, ...unsigned(opcode)];
}

/** Alignment of 16 bytes (a hint, as the specification has it), offset 0. */
const memoryOperand: Code = [4, 0];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
/** Small constants only: 0 to 63 take one byte. */
const smallConstant = (value: number): Code => [0x41, value];
export const addInteger = (a: Code, b: Code): Code => [...a, ...b, 0x6a];

export const load = (address: Code): Code => [...simd(0, address), ...memoryOperand];
export const store = (address: Code, value: Code): Code => [...simd(11, address, value), ...memoryOperand];
export const splat = (value: Code): Code => simd(19, value);
export const sqrt = (a: Code): Code => simd(227, a);
export const add = (a: Code, b: Code): Code => simd(228, a, b);
export const subtract = (a: Code, b: Code): Code => simd(229, a, b);
export const multiply = (a: Code, b: Code): Code => simd(230, a, b);
export const divide = (a: Code, b: Code): Code => simd(231, a, b);

/** The two lower lanes as doubles. */
export const promoteLow = (a: Code): Code => simd(95, a);
const swappedHalves: Code = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
/** The two upper lanes moved down. */
export const upperHalf = (a: Code): Code => [...simd(13, a, a), ...swappedHalves];
export const addDoubles = (a: Code, b: Code): Code => simd(240, a, b);
export const multiplyDoubles = (a: Code, b: Code): Code => simd(242, a, b);
export const lane = (a: Code, index: 0 | 1): Code => [...simd(33, a), index];
export const addDouble = (a: Code, b: Code): Code => [...a, ...b, 0xa0];

/** Runs the body while local `offset` is below local `end`, 16 bytes further each time. */
export function eachVector(offset: number, end: number, body: Code): Code {
  const done: Code = [...get(offset), ...get(end), 0x4f, 0x0d, 1];
  const advance = set(offset, addInteger(get(offset), smallConstant(16)));
  return [0x02, 0x40, 0x03, 0x40, ...done, ...body, ...advance, 0x0c, 0, 0x0b, 0x0b];
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

function section(id: number, content: Code): Code {
  return [id, ...sized(content)];
}

/** `\0asm`, version 1. */
const header: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Lays out a module that imports the shared memory `env.memory` and exports the functions by their names. */
export function assembleModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const signature = ({ parameters, result }: WasmFunction): Code => [
    0x60,
    ...vector(parameters.map((type) => [valueTypes[type]])),
    ...vector(result === null ? [] : [[valueTypes[result]]]),
  ];
  const locals = (types: readonly ValueType[]): Code => vector(types.map((type) => [1, valueTypes[type]]));
  // Limits flag 3: shared, with a maximum (here the largest there is, so that any memory fits).
  const memoryImport = [...name('env'), ...name('memory'), 0x02, 0x03, 0, ...unsigned(65_536)];
  return Uint8Array.from([
    ...header,
    ...section(1, vector(functions.map(signature))),
    ...section(2, vector([memoryImport])),
    ...section(3, vector(functions.map((_, index) => unsigned(index)))),
    ...section(7, vector(functions.map((each, index) => [...name(each.name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(functions.map((each) => sized([...locals(each.locals), ...each.body, 0x0b])))),
  ]);
}
