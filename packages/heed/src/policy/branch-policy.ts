import { createRandom } from '../math/index.ts';
import { HeedError } from '../spec/index.ts';
import type { Action, Behaviour, Candidate, Policy, PolicyDecision, PolicyRequest } from '../spec/index.ts';
import { combineTerms } from './explanation.ts';
import { drawSlate, firstProbabilities, jointLogProbability, readOrder } from './mixture.ts';
import type { Branch, BranchReading } from './mixture.ts';

/** What differs from one policy to another: how it scores, and what it draws from. */
export interface BranchSource {
  readonly artifact: string;
  readonly action: 'choice' | 'slate' | 'free';
  /** Scores of the allowed candidates, on the scale of the rewards, and the branches of the mixture they are drawn from. */
  readonly sampler: (
    request: PolicyRequest,
    allowed: readonly Candidate[],
  ) => { readonly scores: Float64Array; readonly branches: readonly Branch[] };
  /** The score of one candidate, as `sampler` has it, and what it is made of. */
  readonly explain: (
    request: PolicyRequest,
    candidate: Candidate,
  ) => { readonly score: number; readonly terms: readonly { readonly name: string; readonly value: number }[] };
}

/** The allowed candidates of one request. */
export interface Allowed {
  /** Index among all candidates of each allowed one. */
  readonly indices: readonly number[];
  readonly candidates: readonly Candidate[];
  /** Items to place: 1 for a choice. */
  readonly size: number;
}

/** Makes the policy whose probabilities are exactly those of a mixture of branches. */
export function createBranchPolicy(source: BranchSource): Policy {
  const { artifact, action } = source;

  function prepare(request: PolicyRequest) {
    const allowed = allowedOf(request, action);
    const { scores, branches } = source.sampler(request, allowed.candidates);
    checkScores(artifact, allowed, scores);
    return { allowed, scores, branches };
  }

  function distribution(request: PolicyRequest): Float64Array {
    const { allowed, branches } = prepare(request);
    const { indices } = allowed;
    return spread(firstProbabilities(branches, indices.length), indices, request.candidates.length, 0);
  }

  return {
    artifact,
    distribution,
    logProbability(request, asked) {
      const { allowed, branches } = prepare(request);
      const order = orderOf(asked, action, allowed);
      return order === null ? -Infinity : jointLogProbability(readOrder(branches, allowed.indices.length, order));
    },
    decide(request, seed): PolicyDecision {
      const { allowed, scores, branches } = prepare(request);
      const drawn = drawOrder(branches, action, allowed, seed);
      return {
        action: drawn.action,
        behaviour: drawn.behaviour,
        scores: spread(scores, allowed.indices, request.candidates.length, NaN),
      };
    },
    explain: explainer(source.explain, distribution),
  };
}

/** Draws from a mixture of branches, and tells how likely that was. */
export function drawOrder(branches: readonly Branch[], action: BranchSource['action'], allowed: Allowed, seed: string) {
  const count = allowed.indices.length;
  const { branch, order } = drawSlate(branches, count, allowed.size, createRandom(seed));
  const readings = readOrder(branches, count, order);
  const behaviour = {
    kind: 'exact',
    logProbability: jointLogProbability(readings),
    ...(readings.length > 1 && { components: readings.map(toComponent), branch }),
    seed,
  } as const satisfies Behaviour;
  return { order, action: toAction(action, allowed, order), behaviour };
}

/** Makes a policy's `explain` from the terms of one candidate's score and the policy's distribution. */
export function explainer(explain: BranchSource['explain'], distribution: Policy['distribution']): Policy['explain'] {
  return (request, item, most) => {
    const index = request.candidates.findIndex((candidate) => candidate.item === item);
    const candidate = request.candidates[index];
    if (candidate === undefined)
      throw new HeedError(
        'not-found',
        `cannot explain the item ${item}, as it must be one of the decision's candidates: it is not`,
      );
    const { score, terms } = explain(request, candidate);
    const probability = request.excluded.has(item) ? 0 : (distribution(request)[index] ?? 0);
    return { item, score, ...combineTerms(terms, score, most), probability };
  };
}

/**
 * The candidates that may be chosen.
 * @throws HeedError `invalid-input` where there is none.
 */
export function allowedOf(request: PolicyRequest, action: BranchSource['action']): Allowed {
  const indices = [...request.candidates.keys()].filter(
    (index) => !request.excluded.has(request.candidates[index]?.item ?? ''),
  );
  if (indices.length === 0) {
    throw new HeedError(
      'invalid-input',
      `cannot decide, as at least one candidate must be allowed: all ${request.candidates.length} are excluded`,
    );
  }
  return {
    indices,
    candidates: indices.flatMap((index) => request.candidates[index] ?? []),
    size: action === 'slate' ? Math.min(request.size, indices.length) : 1,
  };
}

/** @throws HeedError `internal` for a score that is not finite. */
export function checkScores(artifact: string, { candidates }: Allowed, scores: Float64Array): void {
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad < 0) return;
  throw new HeedError(
    'internal',
    `cannot decide by the artifact ${artifact}, as every score must be finite: ${candidates[bad]?.item} has ${scores[bad]}`,
  );
}

/** Puts what is known of the allowed candidates at their places among all. */
export function spread(values: Float64Array, indices: readonly number[], count: number, empty: number): Float64Array {
  const all = new Float64Array(count).fill(empty);
  indices.forEach((index, row) => {
    all[index] = values[row] ?? empty;
  });
  return all;
}

/** An action as places among the allowed candidates; `null` for one that cannot happen. */
export function orderOf(asked: Action, action: BranchSource['action'], { candidates, size }: Allowed): number[] | null {
  const items =
    asked.type === 'choice' && action !== 'slate'
      ? [asked.item]
      : asked.type === 'slate' && action === 'slate'
        ? asked.items
        : null;
  if (items === null || new Set(items).size !== items.length) return null;
  const places = new Map(candidates.map(({ item }, row) => [item, row]));
  const order = items.flatMap((item) => places.get(item) ?? []);
  return order.length === items.length && order.length === size ? order : null;
}

/** Places among the allowed candidates as an action. */
function toAction(action: BranchSource['action'], { candidates }: Allowed, order: readonly number[]): Action {
  const items = order.map((row) => candidates[row]?.item ?? '');
  return action === 'slate' ? { type: 'slate', items } : { type: 'choice', item: items[0] ?? '' };
}

/** A branch's reading as a decision records it. */
function toComponent({ name, weight, logPrefix }: BranchReading) {
  const finite = logPrefix.map((log) => (log === -Infinity ? null : log));
  return { name, weight, logProbability: finite.at(-1) ?? null, logPrefix: finite };
}
