import type { JsonObject } from '../../spec/index.ts';
import type { Page } from './pages.ts';

/** An item to register: with the features that a candidate of the loop has. */
export interface ItemInput<Candidate = JsonObject> {
  readonly item: string;
  readonly features: Candidate;
}

/** A registered item in its newest version. */
export interface Item {
  readonly item: string;
  /** 1 for the first features that were put; other ones make the next version. */
  readonly version: number;
  readonly features: JsonObject;
  readonly putAt: string;
}

export interface ItemDetail extends Item {
  /** Newest first; `features` are `null` where the item was taken off. */
  readonly versions: readonly {
    readonly version: number;
    readonly putAt: string;
    readonly features: JsonObject | null;
  }[];
}

/** Items that decisions may name by their ids alone. `Candidates`: what each loop's candidates have for features, by loop. */
export interface Items<Candidates extends object> {
  /** Registers items, or other features of theirs: all, or none. Equal features make no new version. */
  put<Name extends keyof Candidates & string>(
    loop: Name,
    items: readonly ItemInput<Candidates[Name]>[],
  ): Promise<Item[]>;
  get(loop: keyof Candidates & string, item: string): Promise<ItemDetail>;
  /** By name; `after` is the last item of the page before. */
  list(
    loop: keyof Candidates & string,
    options?: { readonly after?: string | undefined; readonly limit?: number | undefined },
  ): Promise<Page<Item>>;
  /** Takes an item off: decisions that were made with it keep it. */
  delete(loop: keyof Candidates & string, item: string): Promise<{ readonly item: string; readonly version: number }>;
}
