import { createRandom, drawNormal, sigmoid } from '../math/index.ts';

/** What the payments simulator does where its options say nothing. */
export const paymentsDefaults = {
  contextSize: 8,
  issuers: 20,
  interventions: 12,
  leastOffered: 2,
  mostOffered: 8,
  constant: 1.35,
  issuerScale: 0.6,
  contextScale: 0.35,
  interventionScale: 0.5,
  pairScale: 0.7,
  lateShare: 0.05,
  retireEvery: 0,
  regimeEvery: 0,
} as const;

/** Scales are standard deviations; `…Every` count batches, and 0 is never. */
export type PaymentsOptions = { readonly [Name in keyof typeof paymentsDefaults]: number };

/** A batch of transactions, the same whoever acts on it: what happens is fixed for every intervention. */
export interface PaymentBatch {
  readonly count: number;
  /** count × contextSize. */
  readonly contexts: Float64Array;
  readonly issuers: Uint8Array;
  /** Interventions offered to transaction i: `offered[starts[i] … starts[i + 1])`. */
  readonly starts: Uint32Array;
  readonly offered: Uint8Array;
  /** Probability of authorisation, beside each offered intervention. */
  readonly truths: Float64Array;
  /** Uniform in [0, 1): draws the action. */
  readonly actionDraws: Float64Array;
  /** Uniform in [0, 1): authorised where it lies below the truth of what was chosen. */
  readonly rewardDraws: Float64Array;
  /** 1 where the label comes one batch later than the others. */
  readonly late: Uint8Array;
}

/** Payments whose authorisation can be raised by one of several interventions. */
export interface Payments {
  readonly options: PaymentsOptions;
  /** The batch of that number, always the same; `name` makes other batches of the same world. */
  batch(number: number, count: number, name?: string): PaymentBatch;
}

/**
 * Simulates payments: `P(authorised | x, i, a) = σ(c + b_i + x·M_a + v_a + w_ia)` for a context x ~ N(0, I), an
 * issuer i and an intervention a. Each transaction offers a random subset of the interventions.
 *
 * With `retireEvery`, one intervention is taken away and another comes at each such batch; with `regimeEvery`, w is
 * drawn anew.
 *
 * @throws RangeError where more interventions are offered than there are.
 */
export function createPayments(seed: string, changes: Partial<PaymentsOptions> = {}): Payments {
  const options: PaymentsOptions = { ...paymentsDefaults, ...changes };
  const { contextSize, issuers, interventions, leastOffered, mostOffered, retireEvery, regimeEvery } = options;
  const alive = retireEvery > 0 ? interventions - 2 : interventions;
  if (leastOffered < 1 || mostOffered < leastOffered || mostOffered > alive)
    throw new RangeError(
      `cannot simulate payments, as from 1 to ${alive} interventions must be offered: they are ${leastOffered} to ${mostOffered}`,
    );
  const scaled = (name: string, length: number, scale: number): Float64Array => {
    const random = createRandom(`${seed} ${name}`);
    return Float64Array.from({ length }, () => scale * drawNormal(random));
  };
  const byIssuer = scaled('issuer', issuers, options.issuerScale);
  const byContext = scaled('context', interventions * contextSize, options.contextScale);
  const byIntervention = scaled('intervention', interventions, options.interventionScale);
  const regimes = new Map<number, Float64Array>();
  const pairsAt = (batch: number): Float64Array => {
    const regime = regimeEvery > 0 ? Math.floor(batch / regimeEvery) : 0;
    const pairs = regimes.get(regime) ?? scaled(`pair ${regime}`, issuers * interventions, options.pairScale);
    regimes.set(regime, pairs);
    return pairs;
  };
  const availableAt = (batch: number): number[] => {
    const turns = retireEvery > 0 ? Math.floor(batch / retireEvery) : 0;
    return Array.from({ length: alive }, (_, index) => (index + turns) % interventions);
  };

  return {
    options,
    batch(number, count, name = 'batch') {
      const random = createRandom(`${seed} ${name} ${number}`);
      const pairs = pairsAt(number);
      const available = availableAt(number);
      const contexts = new Float64Array(count * contextSize);
      const [actionDraws, rewardDraws] = [new Float64Array(count), new Float64Array(count)];
      const [issuerOf, late] = [new Uint8Array(count), new Uint8Array(count)];
      const starts = new Uint32Array(count + 1);
      const offered: number[] = [];
      const truths: number[] = [];
      for (let row = 0; row < count; row += 1) {
        for (let at = 0; at < contextSize; at += 1) contexts[row * contextSize + at] = drawNormal(random);
        const issuer = Math.floor(random.uniform() * issuers);
        issuerOf[row] = issuer;
        const size = leastOffered + Math.floor(random.uniform() * (mostOffered - leastOffered + 1));
        for (let place = 0; place < size; place += 1) {
          const other = place + Math.floor(random.uniform() * (alive - place));
          [available[place], available[other]] = [available[other] ?? 0, available[place] ?? 0];
        }
        for (const action of available.slice(0, size).toSorted((a, b) => a - b)) {
          let logit = options.constant + (byIssuer[issuer] ?? 0) + (byIntervention[action] ?? 0);
          logit += pairs[issuer * interventions + action] ?? 0;
          for (let at = 0; at < contextSize; at += 1)
            logit += (contexts[row * contextSize + at] ?? 0) * (byContext[action * contextSize + at] ?? 0);
          offered.push(action);
          truths.push(sigmoid(logit));
        }
        starts[row + 1] = offered.length;
        actionDraws[row] = random.uniform();
        rewardDraws[row] = random.uniform();
        late[row] = random.uniform() < options.lateShare ? 1 : 0;
      }
      return {
        count,
        contexts,
        issuers: issuerOf,
        starts,
        offered: Uint8Array.from(offered),
        truths: Float64Array.from(truths),
        actionDraws,
        rewardDraws,
        late,
      };
    },
  };
}
