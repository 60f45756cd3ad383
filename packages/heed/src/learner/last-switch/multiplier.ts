import { checkModel } from '../../math/index.ts';
import type { LastSwitchModel } from '../../math/index.ts';
import { blocksOf, checkLongest, usedOf } from './relaxation.ts';
import type { Block, Relaxation, RelaxationOptions, UsedBlock } from './relaxation.ts';

/** What each arm does at a price per play. */
interface Priced {
  /** Each arm's best block at this price, or nothing where none is worth it. */
  readonly blocks: readonly (Block | null)[];
  /** Plays per round of all of them. */
  readonly plays: number;
}

/**
 * Solves the relaxation at once, without a solver to load: with a price λ on each play the arms come apart, each takes
 * the block of largest `(G − λ phi) / (tau + phi)`, and the price is right where all of them play once a round together.
 *
 * @throws RangeError for a table of wrong shape.
 */
export function relaxByPrice(model: LastSwitchModel, options: RelaxationOptions = {}): Relaxation {
  checkModel(model);
  checkLongest(model, options);
  const byArm = [...Map.groupBy(blocksOf(model, options), ({ arm }) => arm).values()];
  const [free, arms] = [priced(byArm, 0), model.means.length];
  if (free.plays <= 1) return usedOf(mixed(free, free, 1), arms);
  // At a price of 1 nothing is worth a play, as no play pays more.
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (priced(byArm, middle).plays > 1) low = middle;
    else high = middle;
  }
  const [many, few] = [priced(byArm, low), priced(byArm, high)];
  return usedOf(mixed(many, few, (1 - few.plays) / (many.plays - few.plays)), arms);
}

function priced(byArm: readonly (readonly Block[])[], price: number): Priced {
  let plays = 0;
  const blocks = byArm.map((own) => {
    let best: Block | null = null;
    let most = 0;
    for (const block of own) {
      const worth = (block.reward - price * block.phi) / (block.tau + block.phi);
      if (worth > most) [most, best] = [worth, block];
    }
    if (best !== null) plays += best.phi / (best.tau + best.phi);
    return best;
  });
  return { blocks, plays };
}

/** Both in proportion: shares of each arm's time. */
function mixed(first: Priced, second: Priced, share: number): UsedBlock[] {
  const use = ({ blocks }: Priced, part: number): UsedBlock[] =>
    blocks.flatMap((block) => (block === null ? [] : [{ ...block, frequency: part / (block.tau + block.phi) }]));
  return [...use(first, share), ...use(second, 1 - share)];
}
