import type { Judgement } from './ranker.ts';
import type { Reaction } from './reaction.ts';
import type { PaperStore } from './store/store.ts';

/** A reader's word on a paper, as it comes from a page. */
export interface Word {
  readonly reader: string;
  readonly paper: string;
  readonly reaction: Reaction;
  /** The list that the page showed, as the page names it. */
  readonly decision: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Keeps what a reader says, and turns it into a judgement of the list that showed the paper.
 * A change of mind judges the list of the first word again, so that a paper's newest word replaces the earlier ones there.
 * `null` where the word is the one that stands already.
 *
 * @throws {RangeError} When there is no such paper.
 */
export function judge(store: PaperStore, { reader, paper, reaction, decision, at }: Word): Judgement | null {
  if (store.paper(paper) === null)
    throw new RangeError(
      `cannot take this reaction, as the paper must be one of the store's: it is ${JSON.stringify(paper)}`,
    );
  const standing = store.standing(reader);
  const before = standing.get(paper);
  if ((before?.reaction ?? 'none') === reaction) return null;
  const shown = decision === null ? null : store.list(decision);
  const ownList = shown !== null && shown.reader === reader && shown.items.includes(paper) ? shown : null;
  const judged = before === undefined ? (ownList?.decision ?? null) : before.decision;
  const row = store.react({ reader, paper, reaction, decision: judged, at });
  const above =
    ownList === null || judged !== ownList.decision || reaction === 'none'
      ? []
      : ownList.items.slice(0, ownList.items.indexOf(paper));
  return {
    reader,
    paper,
    reaction,
    decision: judged,
    key: `${judged ?? reader}:${paper}:${row.id}`,
    at,
    passed: above.filter((other) => !standing.has(other)),
  };
}
