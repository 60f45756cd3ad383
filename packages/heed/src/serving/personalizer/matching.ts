/** What a slot may be given. */
type Choices = ReadonlySet<string>;

/**
 * Actions that the first slot may take so that each slot after it can still be given one of its own.
 *
 * @returns all free actions where the later slots cannot be filled whatever the first one takes.
 * @source H. W. Kuhn, "The Hungarian method for the assignment problem", 1955: augmenting paths.
 * @example
 * takeable(['a', 'b'], [new Set(['a'])]); // ['b']
 */
export function takeable(free: readonly string[], later: readonly Choices[]): string[] {
  const takenBy = new Map<string, number>();
  for (const slot of later.keys()) if (!augment(slot, free, later, takenBy, new Set())) return [...free];
  return free.filter((action) => {
    const slot = takenBy.get(action);
    if (slot === undefined) return true;
    const without = new Map(takenBy);
    return augment(slot, free, later, without, new Set([action]));
  });
}

/** Gives a slot an action, moving other slots to other actions where need be; `visited` are left as they are. */
function augment(
  slot: number,
  free: readonly string[],
  slots: readonly Choices[],
  takenBy: Map<string, number>,
  visited: Set<string>,
): boolean {
  for (const action of free) {
    if (visited.has(action) || slots[slot]?.has(action) !== true) continue;
    visited.add(action);
    const holder = takenBy.get(action);
    if (holder !== undefined && !augment(holder, free, slots, takenBy, visited)) continue;
    takenBy.set(action, slot);
    return true;
  }
  return false;
}
