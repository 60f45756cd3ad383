/** Clusters that are told apart; where there are more, some share a place, which keeps them independent of the others. */
export const mostClusters = 65_536;

/** Gives every row the place of its cluster. */
export interface ClusterPlaces {
  /** Places in use. */
  readonly used: number;
  /** Whether more clusters came than there are places. */
  readonly shared: boolean;
  /** Writes the place of each row of a chunk; without subjects each row is a cluster of its own. */
  assign(subject: Uint32Array | null, count: number, into: Uint32Array): void;
}

/** Places are given in the order in which clusters first come. */
export function createClusterPlaces(most = mostClusters): ClusterPlaces {
  const slots = 4 * most;
  const keys = new Uint32Array(slots);
  // 0: empty, else the place and 1.
  const places = new Uint32Array(slots);
  let used = 0;
  let rows = 0;
  let shared = false;

  function placeOf(subject: number): number {
    let slot = Math.imul(subject, 0x9e3779b1) >>> 0;
    slot %= slots;
    for (;;) {
      const place = places[slot] ?? 0;
      if (place === 0) break;
      if (keys[slot] === subject) return place - 1;
      slot = slot + 1 === slots ? 0 : slot + 1;
    }
    if (used === most) {
      shared = true;
      return (Math.imul(subject ^ (subject >>> 15), 0x85ebca6b) >>> 0) % most;
    }
    keys[slot] = subject;
    used += 1;
    places[slot] = used;
    return used - 1;
  }

  return {
    get used() {
      return used;
    },
    get shared() {
      return shared;
    },
    assign(subject, count, into) {
      if (subject !== null) {
        for (let row = 0; row < count; row += 1) into[row] = placeOf(subject[row] ?? 0);
        return;
      }
      for (let row = 0; row < count; row += 1) {
        into[row] = rows;
        rows = rows + 1 === most ? 0 : rows + 1;
        if (used < most) used += 1;
        else shared = true;
      }
    },
  };
}
