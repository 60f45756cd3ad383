/** Clusters that are told apart at most. */
const mostClusters = 65_536;

/**
 * Gives every row the place of its cluster, in the order in which clusters first come.
 * Where there are more subjects than places, some share one, which keeps them independent of the others.
 * Rows without subjects are clusters of their own; where there are more of them than places, neighbours in time share one.
 */
export interface ClusterPlaces {
  /** Places in use. */
  readonly used: number;
  /** Whether a place may hold more than one cluster. */
  readonly shared: boolean;
  /**
   * Makes room for rows without subjects. `fold` is called where two neighbouring places become one: it must halve what is kept
   * by place, adding each odd place to the even one before it.
   */
  reserve(count: number, fold: (places: number) => void): void;
  /** Writes the place of each row of a chunk. */
  assign(subject: Uint32Array | null, count: number, into: Uint32Array): void;
}

export function createClusterPlaces(most = mostClusters): ClusterPlaces {
  const slots = 4 * most;
  // Made with the first subject: rows without subjects need none. Of places 0 is empty, else the place and 1.
  let keys = new Uint32Array(0);
  let places = new Uint32Array(0);
  let [used, rows, rowsPerPlace] = [0, 0, 1];
  let shared = false;

  function placeOf(subject: number): number {
    let slot = (Math.imul(subject, 0x9e3779b1) >>> 7) % slots;
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
    reserve(count, fold) {
      while (rows + count > most * rowsPerPlace) {
        fold(used);
        rowsPerPlace *= 2;
        used = Math.ceil(used / 2);
        shared = true;
      }
    },
    assign(subject, count, into) {
      if (subject !== null) {
        if (keys.length === 0) {
          keys = new Uint32Array(slots);
          places = new Uint32Array(slots);
        }
        for (let row = 0; row < count; row += 1) into[row] = placeOf(subject[row] ?? 0);
        return;
      }
      for (let row = 0; row < count; row += 1) into[row] = Math.floor((rows + row) / rowsPerPlace);
      rows += count;
      used = Math.ceil(rows / rowsPerPlace);
    },
  };
}
