export { readRows } from './codec.ts';
export { readLimitDefaults } from './guarded.ts';
export type { ReadLimits } from './guarded.ts';
export { exportContents } from './rows.ts';
export type { ExportContent, Row, RowFormat } from './rows.ts';
export { exportLines, exportRows, importRows } from './transfer.ts';
