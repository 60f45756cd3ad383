import { createHashedLinear, createRandom, linkReward, unpackTable } from '../math/index.ts';
import {
  HeedError,
  contextualBanditConfigurationSchema,
  contextualBanditFiles,
  contextualBanditFormatName,
} from '../spec/index.ts';
import type {
  Action,
  ArtifactContent,
  Candidate,
  ContextualBanditConfiguration,
  Policy,
  PolicyDecision,
  PolicyFormat,
  PolicyRequest,
} from '../spec/index.ts';
import { branchesOf, readExploration } from './exploration.ts';
import { combineTerms } from './explanation.ts';
import { drawSlate, firstProbabilities, jointLogProbability, readOrder } from './mixture.ts';
import type { Branch, BranchReading } from './mixture.ts';
import { createSubjectPart } from './subject-part.ts';

/**
 * Policies over hashed linear scores: the global model's, plus what the subject's state adds, with exploration on top.
 * Format version 1 answers the same for ever.
 */
export const contextualBanditFormat: PolicyFormat = {
  format: contextualBanditFormatName,
  formatVersions: [1],
  read: createContextualBanditPolicy,
};

/** The allowed candidates of one request, with the sampler that draws from them. */
interface Sampler {
  /** Index among all candidates of each allowed one. */
  readonly allowed: readonly number[];
  readonly scores: Float64Array;
  readonly branches: readonly Branch[];
  readonly size: number;
}

function createContextualBanditPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(artifact, content);
  const { rewardRange, examples, leastProbability } = configuration;
  const exploration = readExploration(configuration.exploration);
  const linear = createHashedLinear(
    configuration,
    unpackTable(fileNamed(artifact, content, contextualBanditFiles.weights)),
  );
  const subjectPart = createSubjectPart(configuration);
  const width = rewardRange[1] - rewardRange[0];

  function scoresOf(request: PolicyRequest, candidates: readonly Candidate[]): Float64Array {
    const scores = linear.scores(request, candidates);
    const additions = subjectPart?.additions(request, candidates);
    return additions === undefined ? scores : scores.map((score, index) => score + (additions[index] ?? 0));
  }

  function prepare(request: PolicyRequest): Sampler {
    const allowed = [...request.candidates.keys()].filter(
      (index) => !request.excluded.has(request.candidates[index]?.item ?? ''),
    );
    if (allowed.length === 0) {
      throw new HeedError(
        'invalid-input',
        `cannot decide, as at least one candidate must be allowed: all ${request.candidates.length} are excluded`,
      );
    }
    const scores = scoresOf(
      request,
      allowed.flatMap((index) => request.candidates[index] ?? []),
    );
    const bad = scores.findIndex((score) => !Number.isFinite(score));
    if (bad >= 0) {
      throw new HeedError(
        'internal',
        `cannot decide by the artifact ${artifact}, as every score must be finite: ${request.candidates[allowed[bad] ?? 0]?.item} has ${scores[bad]}`,
      );
    }
    const branches = branchesOf(exploration, { scores, width, examples, leastProbability });
    const size = configuration.action === 'slate' ? Math.min(request.size, allowed.length) : 1;
    return { allowed, scores, branches, size };
  }

  function distribution(request: PolicyRequest): Float64Array {
    const { allowed, branches } = prepare(request);
    return spread(firstProbabilities(branches, allowed.length), allowed, request.candidates.length, 0);
  }

  return {
    artifact,
    distribution,
    logProbability(request, action) {
      const { allowed, branches, size } = prepare(request);
      const order = orderOf(action, configuration, request.candidates, allowed);
      return order === null || order.length !== size
        ? -Infinity
        : jointLogProbability(readOrder(branches, allowed.length, order));
    },
    decide(request, seed): PolicyDecision {
      const { allowed, scores, branches, size } = prepare(request);
      const { branch, order } = drawSlate(branches, allowed.length, size, createRandom(seed));
      const readings = readOrder(branches, allowed.length, order);
      const items = order.map((index) => request.candidates[allowed[index] ?? -1]?.item ?? '');
      return {
        action: configuration.action === 'slate' ? { type: 'slate', items } : { type: 'choice', item: items[0] ?? '' },
        behaviour: {
          kind: 'exact',
          logProbability: jointLogProbability(readings),
          ...(readings.length > 1 && { components: readings.map(toComponent), branch }),
          seed,
        },
        scores: spread(scores, allowed, request.candidates.length, NaN),
      };
    },
    explain(request, item, most) {
      const index = request.candidates.findIndex((candidate) => candidate.item === item);
      const candidate = request.candidates[index];
      if (candidate === undefined)
        throw new HeedError(
          'not-found',
          `cannot explain the item ${item}, as it must be one of the decision's candidates: it is not`,
        );
      const { hashes, values, names } = linear.encoder.named(request, candidate);
      const weighted = names.map((name, at) => ({ name, value: linear.weight(hashes[at] ?? 0) * (values[at] ?? 0) }));
      const sum = weighted.reduce((total, { value }) => total + value, 0);
      // Of a logistic score each term has a share in proportion to its part of the sum.
      const slope = sum === 0 ? width : (linkReward(configuration, sum) - linkReward(configuration, 0)) / sum;
      const terms = weighted.map(({ name, value }) => ({ name, value: slope * value }));
      const score = scoresOf(request, [candidate])[0] ?? NaN;
      const probability = request.excluded.has(item) ? 0 : (distribution(request)[index] ?? 0);
      return {
        item,
        score,
        ...combineTerms([...terms, ...(subjectPart?.terms(request, candidate) ?? [])], score, most),
        probability,
      };
    },
  };
}

function readConfiguration(artifact: string, content: ArtifactContent): ContextualBanditConfiguration {
  const parsed = contextualBanditConfigurationSchema.safeParse(content.configuration);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HeedError(
    'invalid-configuration',
    `cannot read the artifact ${artifact}, as its configuration must be that of a contextual bandit: ${issue?.path.join('.')} ${issue?.message}`,
  );
}

function fileNamed(artifact: string, { files }: ArtifactContent, name: string): Uint8Array {
  const file = files.find((each) => each.name === name);
  if (file === undefined)
    throw new HeedError(
      'not-found',
      `cannot read the artifact ${artifact}, as it must have a file ${name}: it has ${files.map((each) => each.name).join(', ')}`,
    );
  return file.bytes;
}

/** Puts what is known of the allowed candidates at their places among all. */
function spread(values: Float64Array, allowed: readonly number[], count: number, empty: number): Float64Array {
  const all = new Float64Array(count).fill(empty);
  allowed.forEach((index, row) => {
    all[index] = values[row] ?? empty;
  });
  return all;
}

/** An action as places among the allowed candidates; `null` for one that cannot happen. */
function orderOf(
  action: Action,
  configuration: ContextualBanditConfiguration,
  candidates: readonly Candidate[],
  allowed: readonly number[],
): number[] | null {
  const items =
    action.type === 'choice' && configuration.action !== 'slate'
      ? [action.item]
      : action.type === 'slate' && configuration.action === 'slate'
        ? action.items
        : null;
  if (items === null || new Set(items).size !== items.length) return null;
  const places = new Map(allowed.map((index, row) => [candidates[index]?.item, row]));
  const order = items.flatMap((item) => places.get(item) ?? []);
  return order.length === items.length ? order : null;
}

function toComponent({ name, weight, logPrefix }: BranchReading) {
  const finite = logPrefix.map((log) => (log === -Infinity ? null : log));
  return { name, weight, logProbability: finite.at(-1) ?? null, logPrefix: finite };
}
