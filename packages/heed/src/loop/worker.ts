import { setTimeout as wait } from 'node:timers/promises';
import { isHeedError } from '../spec/index.ts';
import type { Context, RunningLoop } from './context.ts';
import { deriveNewSignals } from './derive.ts';
import { startDeclared } from './experiment-declared.ts';
import { watchExperiment } from './experiment-watch.ts';
import { createGenerationWatch } from './generation-watch.ts';
import type { Jobs } from './jobs.ts';
import { advanceRelease } from './releasing.ts';
import type { ServingState } from './serving-state.ts';
import { updateSubjects } from './subjects.ts';
import { countWaiting } from './train.ts';

/** How often a worker looks for what has come in, where nothing has told it. */
const defaultIntervalMs = 250;
const trainingCheckMs = 2_000;
const releaseCheckMs = 1_000;
/** A canary with many subjects takes a while to look at: looking takes this share of a worker's time at most. */
const releaseCheckShare = 0.05;
const housekeepingMs = 3_600_000;

/** Derives signals and brings subjects' states up to date, once. */
export async function deriveOnce(
  context: Context,
  state: ServingState,
): Promise<{ signals: number; subjects: number }> {
  const signals = await deriveNewSignals(context);
  let subjects = 0;
  for (const loop of context.loops.values()) {
    const updated = await updateSubjects(context, loop, await state.serving(loop));
    for (const subject of updated) state.forget(loop.configuration.name, subject);
    subjects += updated.length;
  }
  return { signals, subjects };
}

/** A worker's duties, until stopped: derive, keep subjects' states fresh, train when it is time, keep the store in order. */
export async function work(
  context: Context,
  state: ServingState,
  jobs: Jobs,
  {
    intervalMs = defaultIntervalMs,
    signal,
  }: { readonly intervalMs?: number | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const { store, clock, log, pulse } = context;
  const wake = createWaker();
  const stop = await store.notifications.listen('feedback', wake.now);
  const lastTraining = new Map<string, number>();
  let trainingCheckedAt = 0;
  const declared = createDeclared(context, state);
  const watchGeneration = createGenerationWatch(context, state, jobs.sendWebhooks);
  // Apart from releases, which do not wait longer because a generation took a while to read.
  const generations = createChecks(context, async (loop) => void (await watchGeneration(loop)));
  const releases = createChecks(context, async (loop) => {
    // Before the next release begins, which it would wait for again.
    await declared.start(loop);
    const moved =
      loop.configuration.release.gates !== undefined && (await advanceRelease(context, state, loop)) !== null;
    const ended = (await watchExperiment(context, state, loop)) !== null;
    if (moved || ended) await state.refresh(loop.configuration.name);
  });
  let housekeptAt = -Infinity;
  let takesJobs = false;
  pulse.begun(clock());
  while (!signal.aborted) {
    try {
      // A store that goes away just now must not end a process that serves: it is tried again.
      if (!takesJobs) await jobs.work(signal);
      takesJobs = true;
      await deriveOnce(context, state);
      await jobs.tellWebhooks();
      await releases.check();
      await generations.check();
      if (clock() - trainingCheckedAt >= trainingCheckMs) {
        trainingCheckedAt = clock();
        for (const loop of context.loops.values())
          if (await isDue(context, loop, lastTraining)) await jobs.enqueueTraining(loop.configuration.name);
      }
      if (clock() - housekeptAt >= housekeepingMs) {
        housekeptAt = clock();
        await store.maintain(clock());
        await store.applyRetention(clock());
      }
      pulse.round(clock(), false);
    } catch (error) {
      pulse.round(clock(), true);
      log(
        `the worker could not finish a round and will try again: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    await wake.wait(intervalMs, signal);
  }
  pulse.ended();
  await stop();
}

/** Starts what loops declare as soon as nothing is in its way. */
function createDeclared(context: Context, state: ServingState) {
  const settled = new Set<RunningLoop>();
  return {
    async start(loop: RunningLoop): Promise<void> {
      if (settled.has(loop)) return;
      try {
        if ((await startDeclared(context, state, loop)) === null) settled.add(loop);
      } catch (error) {
        // What is wrong with a declaration stays wrong: it is told once.
        if (isHeedError(error) && !error.retryable) settled.add(loop);
        throw error;
      }
    },
  };
}

/** Looks at each loop, at its release and experiment say, as often as looking at it is worth. */
function createChecks(context: Context, look: (loop: RunningLoop) => Promise<void>): { check(): Promise<void> } {
  const nextAt = new Map<string, number>();
  return {
    async check() {
      for (const loop of context.loops.values()) {
        const { name } = loop.configuration;
        const begunAt = context.clock();
        if (begunAt < (nextAt.get(name) ?? -Infinity)) continue;
        await look(loop);
        const took = context.clock() - begunAt;
        nextAt.set(name, context.clock() + Math.max(releaseCheckMs, took / releaseCheckShare));
      }
    },
  };
}

/** True where enough signals wait, or where some wait and the loop's longest pause is over. */
async function isDue(context: Context, loop: RunningLoop, lastTraining: Map<string, number>): Promise<boolean> {
  const { name, release } = loop.configuration;
  const last = lastTraining.get(name) ?? (await lastArtifactAt(context, name));
  const waiting = await countWaiting(context, loop);
  const due =
    waiting >= release.everySignals || (waiting > 0 && context.clock() - last >= release.everySeconds * 1_000);
  lastTraining.set(name, due ? context.clock() : last);
  return due;
}

async function lastArtifactAt({ store, clock }: Context, loop: string): Promise<number> {
  const { items } = await store.artifacts.list({ loop, limit: 1 });
  return items[0] === undefined ? clock() : Date.parse(items[0].createdAt);
}

/** Lets a sleeping worker be woken before its time. */
function createWaker() {
  let wakeUp: (() => void) | null = null;
  let called = false;
  return {
    now: (): void => {
      called = true;
      wakeUp?.();
    },
    async wait(ms: number, signal: AbortSignal): Promise<void> {
      if (!called) {
        await Promise.race([
          wait(ms, undefined, { signal }).catch(() => undefined),
          new Promise<void>((resolve) => {
            wakeUp = resolve;
          }),
        ]);
      }
      called = false;
      wakeUp = null;
    },
  };
}
