import { asc, desc, gt, lt } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

export interface PageOptions {
  /** Only rows with a smaller id than this. */
  readonly before?: string | undefined;
  /** Only rows with a larger id than this. */
  readonly after?: string | undefined;
  /** Rows at most. Default: 50. */
  readonly limit?: number | undefined;
  /** Default: `newest` first. */
  readonly order?: 'newest' | 'oldest' | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** `before` (or, oldest first, `after`) of the next page; `null` on the last one. */
  readonly next: string | null;
}

const defaultLimit = 50;

/** A page's condition, order and size over an id column. */
export function pageOf(id: PgColumn, options: PageOptions): { conditions: SQL[]; order: SQL; limit: number } {
  const conditions: SQL[] = [];
  if (options.before !== undefined) conditions.push(lt(id, options.before));
  if (options.after !== undefined) conditions.push(gt(id, options.after));
  return { conditions, order: options.order === 'oldest' ? asc(id) : desc(id), limit: options.limit ?? defaultLimit };
}

/** The rows as a page: full ones have a next one. */
export function toPage<Item extends { id: string }>(items: Item[], limit: number): Page<Item> {
  return { items, next: items.length === limit ? (items.at(-1)?.id ?? null) : null };
}
