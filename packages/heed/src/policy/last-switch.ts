import { arrayNamed, cellOf, exploreNext, playOf, stateCount, stateFromPast, unpackArrays } from '../math/index.ts';
import type { LastSwitchModel } from '../math/index.ts';
import { lastSwitchConfigurationSchema, lastSwitchFiles, lastSwitchFormatName } from '../spec/index.ts';
import type { ArtifactContent, Candidate, Policy, PolicyFormat, PolicyRequest } from '../spec/index.ts';
import { createBranchPolicy } from './branch-policy.ts';
import { choosingSampler } from './choosing-sampler.ts';
import { fileNamed, readConfiguration } from './read-artifact.ts';

/** Policies of rest and repetition: what lacks samples is chosen first, then a schedule is played. Scores are what items pay in their states. */
export const lastSwitchFormat: PolicyFormat = {
  format: lastSwitchFormatName,
  formatVersions: [1],
  read: createLastSwitchPolicy,
};

function createLastSwitchPolicy(artifact: string, content: ArtifactContent): Policy {
  const configuration = readConfiguration(
    artifact,
    content,
    lastSwitchConfigurationSchema,
    'a bandit of rest and repetition',
  );
  const { action, items, idle, samples, schedule, leastProbability, rewardRange } = configuration;
  const [least, largest] = rewardRange;
  const cells = stateCount(configuration);
  const arrays = unpackArrays(fileNamed(artifact, content, lastSwitchFiles.states));
  const [plays = [], means = []] = ['plays', 'means'].map((name) => {
    const all = arrayNamed(arrays, name, 'float64');
    return items.map((_, arm) => all.subarray(arm * cells, (arm + 1) * cells));
  });
  const model: LastSwitchModel = { tauMax: configuration.tauMax, phiMax: configuration.phiMax, means };
  const arms = new Map(items.map((item, arm) => [item, arm]));
  const neverPlayed = new Float64Array(cells);

  const stateOf = ({ past }: PolicyRequest, item: string): number => stateFromPast(past?.items ?? [], item, model);

  /** What a candidate pays now; doing nothing has the least reward there is, an item never met half of the range. */
  function scoreOf(request: PolicyRequest, { item }: Candidate): number {
    if (item === idle) return least;
    const arm = arms.get(item);
    const mean = arm === undefined ? 0.5 : (means[arm]?.[cellOf(stateOf(request, item), model)] ?? 0);
    return least + (largest - least) * mean;
  }

  const playsOf = (item: string): Float64Array => plays[arms.get(item) ?? -1] ?? neverPlayed;
  const lacking = (item: string): number => playsOf(item).reduce((sum, count) => sum + Math.max(0, samples - count), 0);

  function choose(request: PolicyRequest, allowed: readonly Candidate[], scores: Float64Array) {
    const idleRow = allowed.findIndex(({ item }) => item === idle);
    const active = (row: number): boolean => row !== idleRow;
    const explored = exploreNext(
      allowed.map(({ item }) => playsOf(item)),
      allowed.map(({ item }) => stateOf(request, item)),
      samples,
      model,
      active,
    );
    if (typeof explored === 'number') return { row: explored, name: 'sampling' };
    if (explored === 'done') {
      const rows = new Map(allowed.map(({ item }, row) => [arms.get(item) ?? -1, row]));
      const play = playOf(schedule, model, request.past?.round ?? 0, (arm) => rows.has(arm));
      if (play !== null) return { row: rows.get(play.arm) ?? 0, name: 'schedule' };
    }
    if (idleRow >= 0) return { row: idleRow, name: explored === null ? 'sampling' : 'schedule' };
    // Something must be chosen: what lacks fewest samples, so that the others can rest, and of these what pays most now.
    const lacks = allowed.map(({ item }) => (explored === 'done' ? 0 : lacking(item)));
    const fewest = scores.map((score, row) => (lacks[row] === Math.min(...lacks) ? score : -Infinity));
    return { row: fewest.indexOf(Math.max(...fewest)), name: 'best-now' };
  }

  const policy = createBranchPolicy({
    artifact,
    action,
    sampler: choosingSampler({ scoreOf, choose, leastProbability }),
    explain(request, candidate) {
      const score = scoreOf(request, candidate);
      if (candidate.item === idle) return { score, terms: [{ name: 'nothing chosen', value: score }] };
      const state = stateOf(request, candidate.item);
      const name = state > 0 ? `after ${state} rounds of rest` : `after ${-state} choices in a row`;
      return { score, terms: [{ name, value: score }] };
    },
  });
  return { ...policy, past: Math.max(model.tauMax, model.phiMax) };
}
