import { autoregressiveConfigurationSchema, autoregressiveFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { choosingSampler } from './choosing-sampler.ts';
import { readConfiguration } from './read-artifact.ts';

/**
 * Policies that alternate: the best item in one round, in the next the one that has waited longest to be looked at again.
 * Which round it is and what was played since the artifact was made is read off the decisions that came before. Scores are
 * what items are believed to pay now.
 */
export const autoregressiveFormat: PolicyFormat = {
  format: autoregressiveFormatName,
  formatVersions: [1],
  read: createAutoregressivePolicy,
};

/** Decisions looked back to, at least and at most: what was played before them may be looked at twice. */
const pasts = [20, 100] as const;

function createAutoregressivePolicy(artifact: string, content: ArtifactContent): Policy {
  const { action, arms, best, epochStart, leastProbability, memory, rewardRange, ...made } = readConfiguration(
    artifact,
    content,
    autoregressiveConfigurationSchema,
    'a bandit of autoregressive rewards',
  );
  const [least, largest] = rewardRange;
  const middle = (least + largest) / 2;
  const known = new Map(arms.map((arm) => [arm.item, arm]));

  // A subject has rounds of its own: they tell whose turn it is, and nothing of what others were given since.
  const roundOf = ({ past }: PolicyRequest): number => past?.round ?? made.round;
  const playedSince = ({ subject, past }: PolicyRequest): ReadonlySet<string> =>
    new Set(subject === null ? past?.items.slice(0, Math.max(0, past.round - made.round)) : []);

  function scoreOf(request: PolicyRequest, { item }: Candidate): number {
    const arm = known.get(item);
    if (arm === undefined) return middle;
    return middle + (largest - least) * memory ** Math.max(0, roundOf(request) - arm.playedAt) * arm.last;
  }

  function choose(request: PolicyRequest, allowed: readonly Candidate[], scores: Float64Array) {
    const played = playedSince(request);
    const fresh = firstOf(allowed, (item) => (played.has(item) || known.get(item)?.fresh === false ? null : 0));
    if (fresh !== null) return { row: fresh, name: 'fresh' };
    const waiting =
      Math.abs(roundOf(request) - epochStart) % 2 === 0
        ? null
        : firstOf(allowed, (item) =>
            played.has(item) || item === best ? null : (known.get(item)?.triggeredAt ?? null),
          );
    if (waiting !== null) return { row: waiting, name: 'waiting' };
    const row = allowed.findIndex(({ item }) => item === best);
    return { row: row < 0 ? scores.indexOf(Math.max(...scores)) : row, name: 'best' };
  }

  const policy = createBranchPolicy({
    artifact,
    action,
    sampler: choosingSampler({ scoreOf, choose, leastProbability }),
    explain(request, candidate) {
      const score = scoreOf(request, candidate);
      const since = roundOf(request) - (known.get(candidate.item)?.playedAt ?? roundOf(request));
      return {
        score,
        terms: [
          { name: 'middle of the range', value: middle },
          { name: `what is left of its last reward after ${since} rounds`, value: score - middle },
        ],
      };
    },
  });
  // Of items that were never met the number is not known.
  return { ...policy, past: Math.min(pasts[1], Math.max(pasts[0], 2 * arms.length)) };
}

/** Of the rows that have a number, the one with the least of them, then by name. */
function firstOf(allowed: readonly Candidate[], numberOf: (item: string) => number | null): number | null {
  const rows = allowed.flatMap(({ item }, row) => {
    const number = numberOf(item);
    return number === null ? [] : [{ item, row, number }];
  });
  return rows.toSorted((a, b) => a.number - b.number || (a.item < b.item ? -1 : 1))[0]?.row ?? null;
}
