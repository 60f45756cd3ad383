import { createRandom } from '../../math/index.ts';

/** Losses by item, seen of one decision. */
export interface SeenRound {
  readonly decision: string;
  /** Whether the decision itself was a round of this batch. */
  readonly counted: boolean;
  /** The batch in which something of it was first seen. */
  readonly since: number;
  readonly losses: ReadonlyMap<string, number>;
  /** Probability that the item chosen had, where it was told. */
  readonly probability: number | null;
}

/** What is observed of a batch: rounds that are incomplete yet, and the one drawn of those that are not. */
export interface Observations {
  readonly seen: Map<string, SeenRound>;
  /** Rounds that were complete. */
  complete: number;
  drawn: SeenRound | null;
}

/** Rounds that are kept while they are incomplete; the oldest are given up first. */
const keptRounds = 1_000;

export function noObservations(): Observations {
  return { seen: new Map(), complete: 0, drawn: null };
}

/** A copy that may be changed. */
export function copyOf({ seen, complete, drawn }: Observations): Observations {
  return { seen: new Map(seen), complete, drawn };
}

/** One loss of one decision. */
export interface SeenLoss {
  readonly decision: string;
  readonly item: string;
  /** In [0, 1]; NaN where none was told. */
  readonly loss: number;
  /** Set for the item chosen: its probability, where known. */
  readonly taken: { readonly probability: number | null } | null;
}

/** Adds a loss in place; a round that `isComplete` now takes its chance to be the one that is learned from: each has the same. */
export function observeLoss(
  observations: Observations,
  { decision, item, loss, taken }: SeenLoss,
  { seed, batch, isComplete }: { seed: string; batch: number; isComplete: (round: SeenRound) => boolean },
): void {
  const { seen, complete } = observations;
  const before = seen.get(decision);
  const losses = new Map(before?.losses);
  if (Number.isFinite(loss)) losses.set(item, loss);
  const round: SeenRound = {
    decision,
    counted: taken !== null || before?.counted === true,
    since: before?.since ?? batch,
    losses,
    probability: taken?.probability ?? before?.probability ?? null,
  };
  seen.delete(decision);
  if (round.counted && isComplete(round)) {
    const chance = createRandom(`${seed} batch ${batch} complete ${complete}`).uniform() * (complete + 1);
    if (chance < 1) observations.drawn = round;
    observations.complete += 1;
    return;
  }
  seen.set(decision, round);
  for (const oldest of seen.keys()) {
    if (seen.size <= keptRounds) break;
    seen.delete(oldest);
  }
}

/** What is left for the next batch: rounds of which only other items were seen yet, unless they are an older batch's. */
export function nextBatch({ seen }: Observations, batch: number): Observations {
  const left = [...seen].filter(([, { counted, since }]) => !counted && since === batch);
  return { ...noObservations(), seen: new Map(left) };
}

/** A round as JSON can say it. */
type Plain = Omit<SeenRound, 'losses'> & { readonly losses: readonly (readonly [string, number])[] };

function toPlain(round: SeenRound): Plain {
  return { ...round, losses: [...round.losses] };
}

function toRound(plain: Plain): SeenRound {
  return { ...plain, losses: new Map(plain.losses) };
}

/** As JSON: the order of rounds and of losses is kept. */
export function observationsToBytes({ seen, complete, drawn }: Observations): Uint8Array {
  const written = { seen: [...seen.values()].map(toPlain), complete, drawn: drawn === null ? null : toPlain(drawn) };
  return new TextEncoder().encode(JSON.stringify(written));
}

/** Reads back what `observationsToBytes` wrote. */
export function observationsFromBytes(bytes: Uint8Array): Observations {
  const { seen, complete, drawn } = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly seen: readonly Plain[];
    readonly complete: number;
    readonly drawn: Plain | null;
  };
  return {
    seen: new Map(seen.map((plain) => [plain.decision, toRound(plain)])),
    complete,
    drawn: drawn === null ? null : toRound(drawn),
  };
}
