import type { ExportContent, ReadLimits } from '../exchange/index.ts';

export interface ImportReport {
  readonly decisions: number;
  readonly feedback: number;
  /** Rows of all other kinds. */
  readonly others: number;
  /** Rows that were there already. */
  readonly duplicates: number;
}

/** What takes logs in and gives them out. */
export interface Exchange {
  /** Reads records from lines of JSON or a Parquet file's bytes, as `exportRows` writes them. */
  importRows(
    format: 'jsonl' | 'parquet',
    bytes: Uint8Array,
    options?: {
      readonly onProgress?: ((done: number) => void) | undefined;
      /** For a stranger's file: it is read apart, and given up where it takes more. */
      readonly limits?: ReadLimits | undefined;
    },
  ): Promise<ImportReport>;
  exportRows(
    format: 'jsonl' | 'parquet',
    what: ExportContent,
    options?: {
      readonly loop?: string | undefined;
      readonly onProgress?: ((done: number) => void) | undefined;
      /** The file is made in memory: refused where it would have more rows. Default: any number. */
      readonly mostRows?: number | undefined;
    },
  ): Promise<Uint8Array>;
  /** As `exportRows` in lines of JSON, a few hundred at a time: however many there are, few are in memory. */
  exportLines(what: ExportContent, options?: { readonly loop?: string | undefined }): AsyncIterable<Uint8Array>;
}
