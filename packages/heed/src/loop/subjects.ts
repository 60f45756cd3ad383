import { schemaVersion } from '../spec/index.ts';
import type { Decision, Signal, SubjectLearner, SubjectState } from '../spec/index.ts';
import type { Executor } from '../store/index.ts';
import { toBlob } from './artifacts.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';
import { createExperienceReader } from './experience.ts';
import type { ExperienceReader } from './experience.ts';
import { newestRewards } from './newest-rewards.ts';

const batchSize = 1_000;

/** Everything that one subject's update needs. */
interface Update {
  readonly context: Context;
  readonly loop: RunningLoop;
  readonly learner: SubjectLearner;
  readonly key: string;
  readonly serving: LoadedArtifact;
  readonly reader: ExperienceReader;
  readonly transaction: Executor;
}

/**
 * Brings the subjects' states of one loop up to date with the signals that were written since the last call.
 * Where a signal takes the place of an earlier version, the subject's state is built anew from all of its signals.
 *
 * @returns the subjects that got a new state.
 */
export async function updateSubjects(context: Context, loop: RunningLoop, serving: LoadedArtifact): Promise<string[]> {
  const { configuration } = loop;
  const learner = loop.learner.subjects;
  const key = learner?.key(configuration) ?? null;
  if (learner === null || key === null) return [];
  const updated = new Set<string>();
  for (;;) {
    const { more } = await context.store.readSince(
      lineageOf(configuration.name, key),
      { kinds: ['signal'], limit: batchSize, loop: configuration.name },
      async (rows, transaction) => {
        const reader = createExperienceReader(context);
        const update: Update = { context, loop, learner, key, serving, reader, transaction };
        for (const [subject, group] of Map.groupBy(
          await reader.withDecisions(rows.signal),
          ({ decision }) => decision.subject,
        )) {
          if (subject !== null && (await updateSubject(update, subject, group))) updated.add(subject);
        }
      },
    );
    if (!more) return [...updated];
  }
}

function lineageOf(loop: string, key: string): string {
  return `subjects:${loop}:${key}`;
}

async function updateSubject(
  update: Update,
  subject: string,
  group: readonly { readonly signal: Signal; readonly decision: Decision }[],
): Promise<boolean> {
  const { context, loop, learner, key, serving, reader, transaction } = update;
  const { store, clock, newId } = context;
  const { name } = loop.configuration;
  const usable = group.map(({ signal }) => signal).filter(isUsable);
  const claimed = new Set(
    await store.signals.use(
      lineageOf(name, key),
      usable.map(({ id }) => id),
      serving.artifact.id,
      transaction,
    ),
  );
  const replaced = await store.signals.getMany(
    group.map(({ signal }) => signal.supersedes).filter((id) => id !== null),
  );
  const rebuild = [...replaced.values()].some(isUsable);
  if (!rebuild && claimed.size === 0) return false;

  const before = rebuild ? null : await store.subjectStates.latest(name, subject, key, transaction);
  const used = rebuild ? await allSignals(update, subject) : usable.filter(({ id }) => claimed.has(id));
  // What was built anew holds signals that this cursor has not come to yet: they must not be added again.
  if (rebuild)
    await store.signals.use(
      lineageOf(name, key),
      used.map(({ id }) => id),
      serving.artifact.id,
      transaction,
    );
  const known = before === null ? null : await store.subjectStates.statistics(before, transaction);
  const statistics = learner.update(serving.content, known, await reader.experiences(used));
  const blob = toBlob(statistics);
  const state: SubjectState = {
    schemaVersion,
    id: newId(),
    loop: name,
    artifact: serving.artifact.id,
    subject,
    key,
    counter: learner.count(statistics),
    statistics: blob.hash,
    updatedAt: new Date(clock()).toISOString(),
  };
  await store.subjectStates.insert(state, [blob], transaction);
  return true;
}

/** A reward that counts. */
function isUsable({ kind, status }: Signal): boolean {
  return kind === 'reward' && (status === 'final' || status === 'defaulted');
}

/** Every usable signal of a subject in its newest version, oldest decision first. */
async function allSignals({ context, loop, transaction }: Update, subject: string): Promise<Signal[]> {
  const { store } = context;
  const signals: Signal[] = [];
  let after: string | undefined;
  do {
    const page = await store.decisions.list({
      loop: loop.configuration.name,
      subject,
      limit: 1_000,
      order: 'oldest',
      ...(after === undefined ? {} : { after }),
    });
    const found = await store.signals.ofDecisions(
      page.items.map(({ id }) => id),
      transaction,
    );
    for (const { id } of page.items) signals.push(...newestUsable(found.get(id) ?? []));
    after = page.next ?? undefined;
  } while (after !== undefined);
  return signals;
}

function newestUsable(versions: readonly Signal[]): Signal[] {
  return newestRewards(versions)
    .filter(isUsable)
    .toSorted((a, b) => (a.targetKey < b.targetKey ? -1 : 1));
}
