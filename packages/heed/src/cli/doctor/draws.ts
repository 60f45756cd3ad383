import { readContent } from '../../loop/artifacts.ts';
import { readCandidates } from '../../loop/candidate-sets.ts';
import { toPolicyRequest } from '../../loop/experience.ts';
import { chosenItems } from '../../loop/decide.ts';
import { createRegistry } from '../../loop/registry.ts';
import { HeedError } from '../../spec/index.ts';
import type { Candidate, Decision, Policy } from '../../spec/index.ts';
import type { Store } from '../../store/index.ts';
import type { Draw } from './calibration.ts';

const pageSize = 1_000;
/** Candidate sets, artifacts and states kept while reading: decisions that lie together share them. */
const kept = 256;

/** Reads the newest decisions of every loop and asks the artifacts that made them for their distributions again. */
export async function readDraws(store: Store, most: number, onProgress: (done: number) => void): Promise<Draw[]> {
  const registry = createRegistry();
  const candidatesOf = remembering((set: string) => readCandidates(store, set));
  const policyOf = remembering(async (id: string) => readPolicy(store, registry, id));
  const stateOf = remembering((id: string) => readState(store, id));
  const draws: Draw[] = [];
  let before: string | undefined;
  for (let read = 0; read < most;) {
    const { items, next } = await store.decisions.list({
      limit: Math.min(pageSize, most - read),
      ...(before === undefined ? {} : { before }),
    });
    for (const decision of items) {
      const draw = await toDraw(decision, candidatesOf, policyOf, stateOf);
      if (draw !== null) draws.push(draw);
    }
    read += items.length;
    onProgress(read);
    if (next === null) break;
    before = next;
  }
  return draws;
}

async function toDraw(
  decision: Decision,
  candidatesOf: (set: string) => Promise<readonly Candidate[]>,
  policyOf: (artifact: string) => Promise<Policy>,
  stateOf: (id: string) => Promise<Uint8Array>,
): Promise<Draw | null> {
  const { artifact, candidates, behaviour, subjectState, action } = decision;
  if (
    decision.origin !== 'served' ||
    artifact === null ||
    candidates === null ||
    behaviour.kind !== 'exact' ||
    behaviour.logProbability === null
  )
    return null;
  const set = await candidatesOf(candidates.set);
  const request = {
    ...toPolicyRequest(decision, set),
    subjectState: subjectState === null ? null : await stateOf(subjectState),
  };
  const first = chosenItems(action)[0];
  const chosen = set.findIndex(({ item }) => item === first);
  if (chosen === -1) return null;
  const probabilities = (await policyOf(artifact)).distribution(request);
  return { probabilities, chosen, logged: request.size === 1 ? Math.exp(behaviour.logProbability) : null };
}

async function readPolicy(store: Store, registry: ReturnType<typeof createRegistry>, id: string): Promise<Policy> {
  const artifact = await store.artifacts.get(id);
  if (artifact === null)
    throw new HeedError('not-found', `cannot read the artifact ${id}, as it must be in the store: it is not`);
  return registry.read(id, await readContent(store, artifact));
}

async function readState(store: Store, id: string): Promise<Uint8Array> {
  const state = await store.subjectStates.get(id);
  const blob = state === null ? null : await store.blobs.get(state.statistics);
  if (blob === null)
    throw new HeedError('not-found', `cannot read the subject state ${id}, as it must be in the store: it is not`);
  return blob.content;
}

function remembering<Value>(read: (key: string) => Promise<Value>): (key: string) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const value = known.get(key) ?? read(key);
    known.set(key, value);
    for (const oldest of known.keys()) {
      if (known.size <= kept) break;
      known.delete(oldest);
    }
    return value;
  };
}
