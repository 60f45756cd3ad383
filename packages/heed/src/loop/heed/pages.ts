export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Pass as `after` for the next page; `null` at the end. */
  readonly next: string | null;
}

export interface ListOptions {
  readonly loop?: string | undefined;
  readonly subject?: string | undefined;
  readonly artifact?: string | undefined;
  readonly episode?: string | undefined;
  readonly after?: string | undefined;
  /** 1–1,000; default 50. Newest first. */
  readonly limit?: number | undefined;
}
