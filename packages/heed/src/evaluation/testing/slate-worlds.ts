import { createRandom, drawIndex } from '../../math/index.ts';
import type { Random } from '../../math/index.ts';
import type { LoggedSlates } from '../off-policy/slates.ts';
import type { World } from './world-kinds.ts';

const [contexts, items, places] = [4, 5, 3];
/** How much of people's attention is left at each place. */
const attention = [1, 0.6, 0.4];

interface Reader {
  /** Mean reward of an item at a place, given the items above it. */
  readonly mean: (context: number, above: readonly number[], item: number, place: number) => number;
}

const charms = ((): Float64Array => {
  const random = createRandom('charms of items');
  return Float64Array.from({ length: contexts * items }, () => 0.1 + 0.6 * random.uniform());
})();
const charm = (context: number, item: number): number => charms[context * items + item] ?? NaN;

/** Looks at every place by its attention, whatever stands above. */
const glancing: Reader = { mean: (context, _above, item, place) => charm(context, item) * (attention[place] ?? 0) };

/** Looks downwards, and the less the better what stood above. */
const cascading: Reader = {
  mean: (context, above, item) =>
    charm(context, item) * above.reduce((left, each) => left * (1 - 0.9 * charm(context, each)), 1),
};

/** Each place goes to one of the items that are left, in proportion to these. */
type Appeals = (context: number, item: number) => number;
const logging: Appeals = (context, item) => 1 + ((context + item) % 3);
const target: Appeals = (context, item) => Math.exp(3 * charm(context, item));

function nextOf(appeals: Appeals, context: number, above: readonly number[]): Float64Array {
  const next = Float64Array.from({ length: items }, (_each, item) =>
    above.includes(item) ? 0 : appeals(context, item),
  );
  const sum = next.reduce((total, each) => total + each, 0);
  return next.map((each) => each / sum);
}

/** Every way to fill the first `size` places, with its probability. */
function waysOf(appeals: Appeals, context: number, size: number): { order: number[]; probability: number }[] {
  if (size === 0) return [{ order: [], probability: 1 }];
  return waysOf(appeals, context, size - 1).flatMap(({ order, probability }) =>
    [...nextOf(appeals, context, order)].flatMap((share, item) =>
      share === 0 ? [] : [{ order: [...order, item], probability: probability * share }],
    ),
  );
}

/** `P(item at place k)` of a policy, as `[context][item][place]`. */
function placesOf(appeals: Appeals): number[][][] {
  return Array.from({ length: contexts }, (_each, context) => {
    const ways = waysOf(appeals, context, places);
    return Array.from({ length: items }, (_item, item) =>
      attention.map((_share, place) =>
        ways.reduce((sum, { order, probability }) => sum + (order[place] === item ? probability : 0), 0),
      ),
    );
  });
}

const placed = { logging: placesOf(logging), target: placesOf(target) };
const exposure = (of: keyof typeof placed, context: number, item: number): number =>
  attention.reduce((sum, share, place) => sum + share * (placed[of][context]?.[item]?.[place] ?? 0), 0);

/** A model of the rewards still to come that knows little: the charm of the item, for each place that is left. */
function guess(context: number, item: number, place: number): number {
  return 0.3 + 0.5 * charm(context, item) * (places - place);
}

function valueOf({ mean }: Reader): number {
  let sum = 0;
  for (let context = 0; context < contexts; context += 1)
    for (const { order, probability } of waysOf(target, context, places))
      order.forEach((item, place) => (sum += probability * mean(context, order.slice(0, place), item, place)));
  return sum / contexts;
}

function logOf({ mean }: Reader, count: number, random: Random): LoggedSlates {
  const bySlate = (): Float64Array => new Float64Array(count);
  const byPlace = (): Float64Array => new Float64Array(count * places);
  const slates = {
    count,
    size: places,
    subject: null,
    reward: byPlace(),
    loggedJoint: bySlate(),
    targetJoint: bySlate(),
    loggedPlace: byPlace(),
    targetPlace: byPlace(),
    loggedPrefix: byPlace(),
    targetPrefix: byPlace(),
    loggedExposure: byPlace(),
    targetExposure: byPlace(),
    predictedTaken: byPlace(),
    predictedTarget: byPlace(),
  };
  for (let slate = 0; slate < count; slate += 1) {
    const context = Math.floor(random.uniform() * contexts);
    const above: number[] = [];
    let [logged, wanted] = [1, 1];
    for (let place = 0; place < places; place += 1) {
      const at = slate * places + place;
      const next = nextOf(logging, context, above);
      const wish = nextOf(target, context, above);
      const item = drawIndex(next, random.uniform());
      logged *= next[item] ?? 0;
      wanted *= wish[item] ?? 0;
      slates.reward[at] = random.uniform() < mean(context, above, item, place) ? 1 : 0;
      slates.loggedPrefix[at] = logged;
      slates.targetPrefix[at] = wanted;
      slates.loggedPlace[at] = placed.logging[context]?.[item]?.[place] ?? NaN;
      slates.targetPlace[at] = placed.target[context]?.[item]?.[place] ?? NaN;
      slates.loggedExposure[at] = exposure('logging', context, item);
      slates.targetExposure[at] = exposure('target', context, item);
      slates.predictedTaken[at] = guess(context, item, place);
      slates.predictedTarget[at] = wish.reduce((sum, share, each) => sum + share * guess(context, each, place), 0);
      above.push(item);
    }
    slates.loggedJoint[slate] = logged;
    slates.targetJoint[slate] = wanted;
  }
  return slates;
}

function slateWorld(name: string, reader: Reader, unbiased: World['unbiased']): World<LoggedSlates> {
  const least = Math.min(
    ...Array.from({ length: contexts }, (_each, context) =>
      Math.min(...waysOf(logging, context, places).map(({ probability }) => probability)),
    ),
  );
  return {
    name,
    value: valueOf(reader),
    clustered: false,
    broken: false,
    unbiased,
    rewardRange: [0, places],
    leastProbability: least,
    log: (random) => logOf(reader, 2_000, random),
  };
}

/** Slates of three of five items, and two kinds of people who look at them. */
export const slateWorlds: readonly World<LoggedSlates>[] = [
  slateWorld('slates, each place for itself', glancing, [
    'slateStandard',
    'slateIndependent',
    'slateInteraction',
    'slateCascadeDr',
    'slatePosition',
  ]),
  slateWorld('slates, read downwards', cascading, ['slateStandard', 'slateInteraction', 'slateCascadeDr']),
];
