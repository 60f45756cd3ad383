export { FileFormatError } from '../files/format-error.ts';
export { decodeModel, defaultOnnxLimits, type OnnxLimits } from './decode.ts';
export { describeModel, renderDescription, type ModelDescription } from './describe.ts';
export { encodeModel } from './encode.ts';
export type * from './types.ts';
