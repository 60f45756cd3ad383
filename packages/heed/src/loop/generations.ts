import { createGenerationTally, reportGenerations } from '../evaluation/index.ts';
import type { GenerationsReport, GenerationTally } from '../evaluation/index.ts';
import { faultOfDistribution } from '../evaluation/release/index.ts';
import { HeedError, isHeedError } from '../spec/index.ts';
import type { Decision, Policy, Signal } from '../spec/index.ts';
import { createCandidatesReader } from './candidate-sets.ts';
import type { Context, RunningLoop } from './context.ts';
import { settledRewards } from './evaluate/settled.ts';
import { toPolicyRequest } from './experience.ts';
import type { ServingState } from './serving-state.ts';

/** How the artifacts that have served a loop did, one after the other. */
export interface LoopGenerations extends GenerationsReport {
  readonly loop: string;
}

export interface GenerationsOptions {
  /** The newest generations. Default 10. */
  readonly last?: number | undefined;
}

interface Asked extends GenerationsOptions {
  /** Only what served before this release. */
  readonly endedBy?: string | undefined;
}

export const generationsDefaults = { last: 10, mostGenerations: 100 } as const;

/** The newest decisions of each time that an artifact served; of the first of them its policy is asked what it drew from. */
const decisionsOfEach = 5_000;
const askedOfEach = 200;
const pageSize = 500;

/** A time in which an artifact served everybody: ids, which begin with the time. */
interface Service {
  readonly artifact: string;
  readonly from: string;
  /** `undefined`: it serves now. */
  readonly before: string | undefined;
}

type Reading = Pick<ServingState, 'artifact' | 'stateById'>;

/**
 * Tells how each generation of a loop did: each artifact that came into full service, by the newest decisions that it made in it.
 * Rewards count once they are settled; where a missing one has a default, once the decision's attribution window is over, as
 * those that come early are not like the others.
 *
 * @throws HeedError `invalid-input` where `last` is not a whole number from 1 to 100.
 */
export async function readGenerations(
  context: Context,
  state: Reading,
  { configuration: { name, reward, attributionWindowSeconds } }: RunningLoop,
  { last = generationsDefaults.last, endedBy }: Asked = {},
): Promise<LoopGenerations> {
  const { mostGenerations } = generationsDefaults;
  if (!(Number.isInteger(last) && last >= 1 && last <= mostGenerations))
    throw new HeedError(
      'invalid-input',
      `cannot tell of generations, as last must be a whole number from 1 to ${mostGenerations}: it is ${last}`,
    );
  const windowMs = typeof reward.missing === 'object' ? attributionWindowSeconds * 1_000 : 0;
  const known = (decision: Decision): boolean => Date.parse(decision.decidedAt) + windowMs <= context.clock();
  const tallies = new Map<string, GenerationTally>();
  for (const service of await servicesOf(context, name, last, endedBy)) {
    const tally = tallies.get(service.artifact) ?? createGenerationTally(service.artifact);
    tallies.set(service.artifact, tally);
    await readService(context, state, name, service, known, tally);
  }
  return { loop: name, ...reportGenerations([...tallies.values()]) };
}

/** The times in which the last so many artifacts served, oldest first. */
async function servicesOf(
  { store }: Context,
  loop: string,
  last: number,
  endedBy: string | undefined,
): Promise<Service[]> {
  const services: Service[] = [];
  const artifacts = new Set<string>();
  let before = endedBy;
  for (;;) {
    const page = await store.releases.list({ loop, step: 'full', limit: pageSize, before });
    for (const { id, artifact } of page.items) {
      artifacts.add(artifact);
      if (artifacts.size > last) return services.toReversed();
      services.push({ artifact, from: id, before });
      before = id;
    }
    if (page.next === null) return services.toReversed();
  }
}

async function readService(
  context: Context,
  state: Reading,
  loop: string,
  { artifact, from, before }: Service,
  known: (decision: Decision) => boolean,
  tally: GenerationTally,
): Promise<void> {
  const { store } = context;
  const probabilitiesOf = await createAsker(context, state, artifact);
  let upTo = before;
  for (let looked = 0; looked < decisionsOfEach; looked += pageSize) {
    const page = await store.decisions.list({ loop, limit: pageSize, after: from, before: upTo });
    const own = page.items.filter((decision) => isOwn(decision, artifact));
    const signals = await store.signals.ofDecisions(own.map(({ id }) => id));
    for (const decision of own) {
      const reward = known(decision) ? rewardOf(signals.get(decision.id) ?? []) : null;
      tally.observe({ subject: decision.subject, reward, probabilities: await probabilitiesOf(decision) });
    }
    if (page.next === null) return;
    upTo = page.next;
  }
}

/** Whether the artifact's policy made it: where that was late or unsure, the baseline did. */
function isOwn({ origin, artifact, behaviour }: Decision, generation: string): boolean {
  return origin === 'served' && artifact === generation && behaviour.fallback === undefined;
}

/** Mean of what was settled of the decision, which has several rewards where it is a slate. */
function rewardOf(signals: readonly Signal[]): number | null {
  const settled = settledRewards(signals);
  if ('without' in settled) return null;
  return [...settled.rewards.values()].reduce((sum, reward) => sum + reward, 0) / settled.rewards.size;
}

/** Asks an artifact's policy what it chose from, of its first so many decisions. */
async function createAsker(
  { store }: Context,
  state: Reading,
  artifact: string,
): Promise<(decision: Decision) => Promise<Float64Array | null>> {
  const policy = await policyOf(state, artifact);
  const sets = createCandidatesReader(store);
  let asked = 0;
  return async (decision) => {
    const { action, candidates, forgotten, subjectState } = decision;
    if (policy === null || asked >= askedOfEach || action.type !== 'choice') return null;
    if (candidates === null || forgotten === true) return null;
    asked += 1;
    const request = {
      ...toPolicyRequest(decision, await sets.of(candidates.set)),
      subjectState: subjectState === null ? null : await state.stateById(subjectState),
    };
    try {
      const distribution = policy.distribution(request);
      if (faultOfDistribution(request, distribution) !== null) return null;
      return distribution.filter((_share, place) => !request.excluded.has(request.candidates[place]?.item ?? ''));
    } catch {
      // What a policy of somebody else cannot answer any more is not known.
      return null;
    }
  };
}

async function policyOf(state: Reading, artifact: string): Promise<Policy | null> {
  try {
    return (await state.artifact(artifact)).policy;
  } catch (error) {
    // One that is gone, or that no format reads any more; a store that is away for a while is another matter.
    if (isHeedError(error) && !error.retryable) return null;
    throw error;
  }
}
