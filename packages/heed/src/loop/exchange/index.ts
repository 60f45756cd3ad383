export { encodeRows, readRows } from './codec.ts';
export type { ReadRowsOptions } from './codec.ts';
export { readLimitDefaults } from './guarded.ts';
export type { ReadLimits } from './guarded.ts';
export { exportContents, rowKinds } from './rows.ts';
export type { CarriedBlobs, ExportContent, Row, RowFormat, RowKind, RowOf } from './rows.ts';
export { exportRows, importRows } from './transfer.ts';
export type { ExportOptions, TransferOptions } from './transfer.ts';
