import { isInCanary } from '../evaluation/release/index.ts';
import { HeedError } from '../spec/index.ts';
import type { SubjectState } from '../spec/index.ts';
import { createArtifactCache } from './artifacts.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';
import { createArmAssigner, loadExperiment } from './experiment-assign.ts';
import type { Asked, LoadedExperiment, ServedArm } from './experiment-assign.ts';
import { stopFaulty } from './experiment-end.ts';
import { heldTimesOf } from './held.ts';
import type { HeldTimes } from './held.ts';
import { candidateOf, sendBackFaulty } from './releasing.ts';

/** How long a subject's state may be used without asking the store again, where a notification went astray. */
const stateFreshMs = 1_000;
/** Subjects kept in memory. */
const keptSubjects = 20_000;
/** Notifications tell of a release at once; this is the longest that a lost one can delay a swap. */
const releasePollMs = 1_000;

export interface LoadedState {
  readonly state: SubjectState;
  readonly statistics: Uint8Array;
}

/** What serves each loop now, and what is known of each subject: kept in memory, renewed by notification and by polling. */
export interface ServingState {
  /** @throws HeedError `not-found` for a loop that the configuration does not have. */
  serving(loop: RunningLoop): Promise<LoadedArtifact>;
  /** Since when the item is held that the loop's serving artifact holds; `null` where it holds none. */
  held(loop: RunningLoop): HeldTimes | null;
  /** The candidate of a canary, where it is to serve this subject (or this decision, where it has none). */
  candidate(loop: RunningLoop, unit: string): LoadedArtifact | null;
  /** The arm of the running experiment that a subject's decision is made in; `null` where none runs. */
  arm(loop: RunningLoop, asked: Asked): Promise<ServedArm | null>;
  /** An arm's policy could not decide: the experiment ends, here at once. */
  stopExperiment(loop: RunningLoop, arm: ServedArm, fault: string): void;
  /** An artifact could not decide: it is not asked again here, and is sent back for all. */
  sendBack(loop: RunningLoop, artifact: string, fault: string): void;
  state(loop: RunningLoop, subject: string | null): Promise<LoadedState | null>;
  artifact(id: string): Promise<LoadedArtifact>;
  /** Reads a state by its id, for explanations and replays. */
  stateById(id: string): Promise<Uint8Array>;
  /** Takes up the newest release now, where this process knows of one before it is told. */
  refresh(loop: string): Promise<void>;
  /** Asks the store again for this subject's state. */
  forget(loop: string, subject: string): void;
  close(): Promise<void>;
}

interface Served {
  readonly loaded: LoadedArtifact;
  readonly candidate: LoadedArtifact | null;
  readonly experiment: LoadedExperiment | null;
  readonly held: HeldTimes | null;
  checkedAt: number;
}

export async function createServingState(context: Context): Promise<ServingState> {
  const { store, clock } = context;
  const artifact = createArtifactCache(context);
  const armOf = createArmAssigner(context);
  const served = new Map<string, Served>();
  /** Artifacts that could not decide. */
  const faulty = new Set<string>();
  /** Experiments with an arm that could not decide. */
  const stopped = new Set<string>();
  const states = new Map<string, { value: Promise<LoadedState | null>; readAt: number }>();
  const refreshing = new Map<string, Promise<LoadedArtifact>>();

  const stops = await Promise.all([
    store.notifications.listen('release', ({ loop }) => refreshNamed(loop), {
      onReconnect: () => [...context.loops.keys()].forEach(refreshNamed),
    }),
    store.notifications.listen('experiment', ({ loop }) => refreshNamed(loop)),
    store.notifications.listen(
      'subject',
      ({ loop, subject }) => {
        if (typeof loop === 'string' && typeof subject === 'string') forget(loop, subject);
      },
      {
        onReconnect: () => states.clear(),
      },
    ),
  ]);

  function refreshNamed(name: unknown): void {
    const loop = context.loops.get(String(name));
    if (loop !== undefined)
      void refresh(loop).catch((error: unknown) =>
        context.log(`cannot load the released artifact of ${String(name)}: ${String(error)}`),
      );
  }

  function forget(loop: string, subject: string): void {
    states.delete(stateKey(loop, subject));
  }

  async function refresh(loop: RunningLoop): Promise<LoadedArtifact> {
    const { name } = loop.configuration;
    const release = await store.releases.latest(name, 'full');
    if (release === null)
      throw new HeedError(
        'not-found',
        `cannot serve the loop ${name}, as one artifact must be released: there is none`,
      );
    const loaded = await artifact(release.artifact);
    const experiment = await loadExperiment(context, loop, artifact, served.get(name)?.experiment ?? null).catch(
      (error: unknown) => {
        context.log(`cannot load the arms of the experiment in ${name}, so what serves decides: ${String(error)}`);
        return null;
      },
    );
    const held = await heldTimesOf(context, loaded, release, served.get(name)?.held ?? null);
    served.set(name, { loaded, candidate: await loadCandidate(loop), experiment, held, checkedAt: clock() });
    return loaded;
  }

  async function loadCandidate(loop: RunningLoop): Promise<LoadedArtifact | null> {
    const { name, release } = loop.configuration;
    if (release.gates === undefined) return null;
    const candidate = await candidateOf(store, name);
    if (candidate?.release.step !== 'canary') return null;
    const id = candidate.release.artifact;
    try {
      return faulty.has(id) ? null : await artifact(id);
    } catch (error) {
      sendBack(loop, id, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  function sendBack(loop: RunningLoop, id: string, fault: string): void {
    if (faulty.has(id)) return;
    faulty.add(id);
    const { name } = loop.configuration;
    context.log(`the artifact ${id} of ${name} could not decide and is sent back: ${fault}`);
    sendBackFaulty(context, name, id, fault)
      .then(() => refresh(loop))
      .catch((error: unknown) => context.log(`cannot send back the artifact ${id} of ${name}: ${String(error)}`));
  }

  function stopExperiment(loop: RunningLoop, { experiment, name: arm }: ServedArm, fault: string): void {
    if (stopped.has(experiment)) return;
    stopped.add(experiment);
    const { name } = loop.configuration;
    context.log(`the arm ${arm} of an experiment in ${name} could not decide, so the experiment ends: ${fault}`);
    stopFaulty(context, experiment, arm, fault)
      .then(() => refresh(loop))
      .catch((error: unknown) => context.log(`cannot end the experiment ${experiment} of ${name}: ${String(error)}`));
  }

  function refreshOnce(loop: RunningLoop): Promise<LoadedArtifact> {
    const { name } = loop.configuration;
    const running = refreshing.get(name) ?? refresh(loop).finally(() => refreshing.delete(name));
    refreshing.set(name, running);
    return running;
  }

  async function loadState(loop: RunningLoop, subject: string, key: string): Promise<LoadedState | null> {
    const state = await store.subjectStates.latest(loop.configuration.name, subject, key);
    if (state === null) return null;
    return { state, statistics: await readStatistics(state) };
  }

  async function readStatistics(state: SubjectState): Promise<Uint8Array> {
    const statistics = await store.subjectStates.statistics(state);
    if (statistics === null)
      throw new HeedError(
        'not-found',
        `cannot read a subject's state, as its statistics ${state.statistics} must be in the store: it is not`,
      );
    return statistics;
  }

  return {
    artifact,
    async serving(loop) {
      const known = served.get(loop.configuration.name);
      if (known === undefined) return refreshOnce(loop);
      // The one in hand serves on while the store is asked: a swap never holds up a decision.
      if (clock() - known.checkedAt > releasePollMs) {
        known.checkedAt = clock();
        refreshOnce(loop).catch((error: unknown) =>
          context.log(`cannot ask which artifact serves ${loop.configuration.name}: ${String(error)}`),
        );
      }
      return known.loaded;
    },
    held: (loop) => served.get(loop.configuration.name)?.held ?? null,
    candidate(loop, unit) {
      const { name, release } = loop.configuration;
      const candidate = served.get(name)?.candidate ?? null;
      if (candidate === null || release.gates === undefined || faulty.has(candidate.artifact.id)) return null;
      return isInCanary(candidate.artifact.id, unit, release.gates.canary.share) ? candidate : null;
    },
    sendBack,
    async arm(loop, asked) {
      const loaded = served.get(loop.configuration.name)?.experiment ?? null;
      return loaded === null || stopped.has(loaded.experiment.id) ? null : armOf(loaded, asked);
    },
    stopExperiment,
    async state(loop, subject) {
      const key = loop.learner.subjects?.key(loop.configuration) ?? null;
      if (subject === null || key === null) return null;
      const name = stateKey(loop.configuration.name, subject);
      const known = states.get(name);
      if (known !== undefined && clock() - known.readAt < stateFreshMs) return known.value;
      const value = loadState(loop, subject, key);
      states.delete(name);
      states.set(name, { value, readAt: clock() });
      value.catch(() => states.delete(name));
      for (const oldest of states.keys()) {
        if (states.size <= keptSubjects) break;
        states.delete(oldest);
      }
      return value;
    },
    async stateById(id) {
      const state = await store.subjectStates.get(id);
      if (state === null)
        throw new HeedError('not-found', `cannot read the subject state ${id}, as it must be in the store: it is not`);
      return readStatistics(state);
    },
    async refresh(name) {
      const loop = context.loops.get(name);
      if (loop !== undefined) await refresh(loop);
    },
    forget,
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function stateKey(loop: string, subject: string): string {
  return `${loop}\n${subject}`;
}
