import { createHash } from 'node:crypto';
import { flatFeatures } from '../../loop/index.ts';
import type { DecideRequest } from '../../loop/index.ts';
import type { MultiSlotRankRequest, RankRequest, RankResponse } from './schemas.ts';

/** Characters of an idempotency key. */
const longestKey = 256;

/**
 * The idempotency key that an event, or a slot of one, is known by: the event's id itself where it fits.
 *
 * @example
 * eventKey('a/b'); // 'personalizer/a%2Fb'
 * eventKey('a', 'b'); // 'personalizer/a/b'
 */
export function eventKey(...names: readonly string[]): string {
  const key = ['personalizer', ...names.map((name) => encodeURIComponent(name))].join('/');
  if (key.length <= longestKey) return key;
  return `personalizer#${createHash('sha256').update(key).digest('hex')}`;
}

/** The part of a decision's request that both kinds of rank have. */
export function toContextAndCandidates({
  contextFeatures,
  actions,
}: Pick<RankRequest | MultiSlotRankRequest, 'contextFeatures' | 'actions'>): Pick<DecideRequest, 'context'> & {
  readonly candidates: readonly { readonly item: string; readonly features: ReturnType<typeof flatFeatures> }[];
} {
  return {
    context: flatFeatures(contextFeatures ?? []),
    candidates: actions.map(({ id, features }) => ({ item: id, features: flatFeatures(features) })),
  };
}

/**
 * The ranking as Personalizer gives it: excluded actions keep their places, with probability 0; over the other places
 * the chosen action comes first, then the likelier ones.
 */
export function toRanking(
  actions: readonly { readonly item: string; readonly probability: number }[],
  chosen: string,
  excluded: ReadonlySet<string>,
): RankResponse['ranking'] {
  const ordered = actions
    .filter(({ item }) => !excluded.has(item))
    .toSorted((a, b) => Number(b.item === chosen) - Number(a.item === chosen) || b.probability - a.probability);
  let next = 0;
  return actions.map((action) => {
    const { item, probability } = excluded.has(action.item) ? action : (ordered[next++] ?? action);
    return { id: item, probability };
  });
}
