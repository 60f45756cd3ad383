import type { ListOptions, Page } from './heed.ts';

/** A page of the store's as callers see it. */
export function toPage<Row>({
  items,
  next,
}: {
  readonly items: readonly Row[];
  readonly next: string | null;
}): Page<Row> {
  return { rows: items, next };
}

/** What callers ask for, as the store takes it: the next page of a list, newest first, lies before its last row. */
export function toQuery<Options extends ListOptions>(
  { after, ...rest }: Options = {} as Options,
): Omit<Options, 'after'> & { readonly before?: string | undefined } {
  return after === undefined ? rest : { ...rest, before: after };
}
