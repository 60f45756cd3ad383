import { RowFault } from '../../evaluation/index.ts';
import type { BalancedWeights, RewardModel } from '../../evaluation/index.ts';
import { faultOfDistribution } from '../../evaluation/release/index.ts';
import type { Policy, PolicyRequest } from '../../spec/index.ts';
import { prefixOf } from './acted.ts';
import type { Logged, LoggedCase } from './cases.ts';
import type { TakeRow } from './file-rows.ts';
import { exposureOf, placesOf } from './places.ts';
import { cascadeColumns } from './slate-model.ts';
import type { SlateModel } from './slate-model.ts';

/** What a policy is asked beside its probability of what was done. */
interface Scoring {
  readonly policy: Policy;
  /** Of choices. */
  readonly model: RewardModel | null;
  /** Of choices; only where they are asked for. */
  readonly balanced: BalancedWeights | null;
  /** Whether decisions are told apart by their subjects. */
  readonly clustered: boolean;
  /** Whether the probability of some decision is a Monte-Carlo estimate: then those of the others have the error 0. */
  readonly estimated: boolean;
  /** A small number for each item: probabilities are checked item by item. */
  readonly numberOf: (item: string) => number;
  /** Of slates: whether it is known place by place how they came about. */
  readonly prefixes: boolean;
  /** Of slates: a model of the rewards still to come; `null`: none is asked for. */
  readonly slateModel: SlateModel | null;
  /** Of slates: whether the places of items are asked for and known, and the attention that each place gets, where that is known. */
  readonly places: boolean;
  readonly attention: readonly number[] | null;
}

/** Hands a case over as a row of a log, with the policy's probabilities of what was done. */
export function pushCase(logged: Logged, scoring: Scoring, push: TakeRow): void {
  let row: Readonly<Record<string, unknown>> | null = null;
  push(
    (field) => {
      if ('fault' in logged) throw logged.fault;
      row ??= logged.action.type === 'choice' ? rowOfChoice(logged, scoring) : rowOfSlate(logged, scoring);
      return row[field];
    },
    () => logged.place,
  );
}

function rowOfChoice(logged: LoggedCase, { policy, model, balanced, clustered, estimated, numberOf }: Scoring) {
  const { id, unit, request, action, rewards, probability, probabilityError } = logged;
  const item = action.type === 'choice' ? action.item : '';
  requireCandidates(request, [item]);
  const taken = request.candidates.find((candidate) => candidate.item === item);
  const { target, targetError } = ask(() => {
    if (policy.marginal === undefined) return { target: Math.exp(policy.logProbability(request, action)) };
    const marginal = policy.marginal(request, action);
    return { target: marginal.probability, targetError: marginal.standardError };
  });
  return {
    id,
    subject: clustered ? unit : null,
    reward: rewards[0],
    probability: atMostOne(probability),
    probabilityError: estimated ? (probabilityError ?? 0) : null,
    target: atMostOne(target),
    targetError,
    action: numberOf(item),
    context: logged.context ?? request.context,
    candidates: request.candidates,
    balancedWeight: taken && balanced?.weight(unit, request, taken),
    ...(model === null ? {} : expectationOf(logged, policy, model, item)),
  };
}

function expectationOf({ unit, request }: LoggedCase, policy: Policy, model: RewardModel, item: string) {
  const taken = request.candidates.findIndex((candidate) => candidate.item === item);
  const shares = ask(() => {
    const distribution = policy.distribution(request);
    const fault = faultOfDistribution(request, distribution);
    if (fault !== null) throw new Error(fault);
    return distribution;
  });
  const predictions = model.predict(unit, request, request.candidates);
  let [mean, squares] = [0, 0];
  shares.forEach((share, place) => {
    const predicted = predictions[place] ?? 0;
    mean += share * predicted;
    squares += share * predicted * predicted;
  });
  const draws = policy.marginal?.(request, { type: 'choice', item }).draws;
  return {
    prediction: predictions[taken],
    expectation: mean,
    // Of M draws each is one of the predictions: their mean has the variance of a prediction, divided by M.
    ...(draws !== undefined && { expectationError: Math.sqrt(Math.max(0, squares - mean * mean) / draws) }),
  };
}

function rowOfSlate(logged: LoggedCase, scoring: Scoring) {
  const { policy, clustered, prefixes, slateModel, places: wanted, attention } = scoring;
  const { id, unit, request, action, rewards, probability, acted } = logged;
  const items = action.type === 'slate' ? action.items : [];
  const places = items.map((_item, place) => place + 1);
  requireCandidates(request, items);
  if (prefixes && acted === null)
    throw new RowFault('it must be known place by place how a slate came about', 'as a whole');
  const own = wanted ? (acted?.policy ?? null) : null;
  if (wanted && own === null) throw new RowFault('the policy that filled a slate must be in the store', own);
  return {
    id,
    subject: clustered ? unit : null,
    rewards,
    probability: atMostOne(probability),
    context: logged.context ?? request.context,
    candidates: request.candidates,
    target: atMostOne(ask(() => Math.exp(policy.logProbability(request, action)))),
    ...(prefixes &&
      acted !== null && {
        prefixProbabilities: places.map(acted.prefix),
        prefixTargets: ask(() => places.map((place) => prefixOf(policy, request, items, place))),
        ...(slateModel !== null && ask(() => cascadeColumns(slateModel, policy, { unit, request, items }))),
      }),
    ...(own !== null && placeColumns([own, policy], logged, attention)),
  };
}

/** Where the policy that acted and the one that is evaluated put the items of a slate. */
function placeColumns(policies: readonly [Policy, Policy], logged: LoggedCase, attention: readonly number[] | null) {
  const { request, action } = logged;
  const items = action.type === 'slate' ? action.items : [];
  const [acted, target] = policies.map((policy) => ask(() => placesOf(policy, request, items))) as [
    Float64Array[],
    Float64Array[],
  ];
  return {
    placeProbabilities: ownPlaces(acted),
    placeTargets: ownPlaces(target),
    ...(attention !== null && {
      exposures: acted.map((row) => exposureOf(row, attention)),
      targetExposures: target.map((row) => exposureOf(row, attention)),
    }),
  };
}

/** Of each item, the probability of the place that it had. */
function ownPlaces(places: readonly Float64Array[]): number[] {
  return places.map((row, place) => Math.min(1, row[place] ?? 0));
}

/** What was done must have been possible: else no policy has a probability of it. */
function requireCandidates({ candidates }: PolicyRequest, items: readonly string[]): void {
  const foreign = items.find((item) => candidates.every((candidate) => candidate.item !== item));
  if (foreign !== undefined) throw new RowFault('what was done must be among its candidates', foreign);
}

/** Asks the policy; one that cannot answer makes the row a wrong one. */
function ask<T>(question: () => T): T {
  try {
    return question();
  } catch (error) {
    if (error instanceof RowFault) throw error;
    throw new RowFault('the artifact must decide it', error instanceof Error ? error.message : String(error));
  }
}

/** Rounding may put a sure thing a little above 1. */
function atMostOne(probability: unknown): unknown {
  return typeof probability === 'number' && probability > 1 && probability < 1 + 1e-9 ? 1 : probability;
}
