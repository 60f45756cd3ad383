import type { Action, Artifact, Decision, JsonObject, Release } from '../spec/index.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context } from './context.ts';

/** Since when the item that the serving artifact holds has been held without a break, and until when it will be. */
export interface HeldTimes {
  readonly loaded: LoadedArtifact;
  readonly from: string;
  readonly until: string | null;
}

type Times = Pick<Decision, 'heldFrom' | 'heldUntil'>;

/** Releases looked back through. */
const mostReleases = 1_000;

/**
 * Works out the times of what an artifact holds, from the releases of its loop: the first of those in a row that hold the
 * same item. `null` where its policy holds nothing.
 */
export async function heldTimesOf(
  { store }: Pick<Context, 'store'>,
  loaded: LoadedArtifact,
  release: Release,
  before: HeldTimes | null,
): Promise<HeldTimes | null> {
  const { held } = loaded.policy;
  if (held === undefined) return null;
  const until = held.seconds === null ? null : new Date(Date.parse(release.at) + held.seconds * 1_000).toISOString();
  const same = held.item !== null && before?.loaded.policy.held?.item === held.item;
  if (same) return { loaded, from: before.from, until };
  const { items } = await store.releases.list({ loop: release.loop, step: 'full', limit: mostReleases });
  let from = release.at;
  for (const earlier of items.filter(({ id }) => id < release.id)) {
    const row = await store.artifacts.get(earlier.artifact);
    const item = row === null ? undefined : heldIn(row);
    if (item !== held.item && item !== null) break;
    from = earlier.at;
    if (item === null) break;
  }
  return { loaded, from, until };
}

/** The item that an artifact holds; `null` where it depends on the candidates, `undefined` where it holds none. */
function heldIn({ configuration }: Pick<Artifact, 'configuration'>): string | null | undefined {
  const { held } = configuration;
  if (typeof held === 'string') return held;
  if (held === null && 'draw' in configuration) return null;
  const item = (held as JsonObject | null | undefined)?.['item'];
  return typeof item === 'string' ? item : undefined;
}

/** From when to when a decision's action is held: nothing where it was made by another artifact, or is another item. */
export function heldTimes(
  times: HeldTimes | null,
  { artifact, action, decidedAt }: { artifact: string | null; action: Action; decidedAt: string },
): Times {
  const item = times?.loaded.policy.held?.item ?? null;
  const isHeld =
    times !== null &&
    artifact === times.loaded.artifact.id &&
    action.type === 'choice' &&
    (item === null || item === action.item);
  if (!isHeld) return { heldFrom: null, heldUntil: null };
  // Once its time is over it goes on until the next training, which nobody knows.
  const { from, until } = times;
  return { heldFrom: from, heldUntil: until !== null && until > decidedAt ? until : null };
}
