import { decisionOfTarget, targetKey } from '../spec/index.ts';
import type { Decision, Feedback, LoopConfiguration, Signal } from '../spec/index.ts';
import { derivationName, deriveSignals, signalTargets } from '../signal/index.ts';
import type { Executor } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';

const batchSize = 1_000;
const consumer = 'signals';

/** Names how a loop's signals are derived; a changed configuration derives anew. */
export function derivationOf({ version }: { readonly version: string }): string {
  return derivationName(version);
}

/** The derivations of a loop, one per version that it has had: what an older version decided is still learned from. */
export async function derivationsOf({ store }: Pick<Context, 'store'>, name: string): Promise<string[]> {
  return (await store.loops.list()).filter((loop) => loop.name === name).map(derivationOf);
}

/**
 * Derives the signals of everything that has come in since the last call, and of every answer whose window has closed.
 * Readers follow a commit-safe cursor: what commits late is read late, and once.
 *
 * @returns how many signal versions were written.
 */
export async function deriveNewSignals(context: Context): Promise<number> {
  const { store } = context;
  let written = 0;
  for (;;) {
    const { more } = await store.readSince(
      consumer,
      { kinds: ['decision', 'activation', 'feedback'], limit: batchSize },
      async (rows, transaction) => {
        const touched = new Set([
          ...rows.decision.map(({ id }) => id),
          ...rows.activation.map(({ decision }) => decision),
        ]);
        for (const id of await decisionsJudged(context, rows.feedback)) touched.add(id);
        written += await deriveFor(context, [...touched], transaction);
      },
    );
    if (!more) break;
  }
  return written + (await deriveDue(context));
}

/** The decisions that these feedback rows judge, directly or through the feedback that they retract or supersede. */
async function decisionsJudged({ store }: Context, rows: readonly Feedback[]): Promise<Set<string>> {
  const judged = new Set<string>();
  let frontier = rows;
  const seen = new Set<string>();
  while (frontier.length > 0) {
    const next: string[] = [];
    for (const { targets } of frontier) {
      for (const target of targets) {
        const decision = decisionOfTarget(target);
        if (decision !== null) judged.add(decision);
        if (target.type === 'feedback' && !seen.has(target.feedback)) {
          seen.add(target.feedback);
          next.push(target.feedback);
        }
      }
    }
    frontier = next.length === 0 ? [] : [...(await store.feedback.getMany(next)).values()];
  }
  return judged;
}

/** Closes the windows that have run out. */
async function deriveDue(context: Context): Promise<number> {
  const { store, clock } = context;
  let written = 0;
  for (const { version } of await store.loops.list()) {
    for (;;) {
      const due = await store.signals.due(derivationOf({ version }), new Date(clock()).toISOString(), batchSize);
      if (due.length === 0) break;
      const decisions = [...new Set(due.map(({ target }) => decisionOfTarget(target)).filter((id) => id !== null))];
      const made = await store.transaction((transaction) => deriveFor(context, decisions, transaction));
      written += made;
      if (made === 0) break;
    }
  }
  return written;
}

async function deriveFor(context: Context, ids: readonly string[], transaction: Executor): Promise<number> {
  const { store, clock, newId } = context;
  const decisions = [...(await store.decisions.getMany(ids)).values()];
  if (decisions.length === 0) return 0;
  const known = decisions.map(({ id }) => id);
  const [activations, feedback] = await Promise.all([
    store.activations.ofDecisions(known),
    feedbackAbout(context, known),
  ]);
  const made: Signal[] = [];
  for (const [version, group] of Map.groupBy(decisions, (decision) => `${decision.loop}\n${decision.loopVersion}`)) {
    const [loop = '', loopVersion = ''] = version.split('\n');
    const configuration = await configurationOf(context, loop, loopVersion);
    if (configuration === null) continue;
    const derivation = derivationOf({ version: loopVersion });
    const latest = await store.signals.latest(
      derivation,
      group.flatMap((decision) => signalTargets(decision, feedback.get(decision.id) ?? []).map(targetKey)),
      transaction,
    );
    for (const decision of group.toSorted(byId)) {
      made.push(
        ...deriveSignals({
          configuration,
          derivation,
          decision,
          activation: activations.get(decision.id) ?? null,
          feedback: feedback.get(decision.id) ?? [],
          latest,
          now: clock(),
          newId,
        }),
      );
    }
  }
  if (made.length > 0) await store.signals.insert(made, transaction);
  return made.length;
}

/** All feedback on these decisions, with what retracts or supersedes it, and so on. */
async function feedbackAbout({ store }: Context, decisions: readonly string[]): Promise<Map<string, Feedback[]>> {
  const found = new Map((await store.feedback.about(decisions)).entries());
  let frontier = new Map([...found].flatMap(([decision, rows]) => rows.map(({ id }) => [id, decision] as const)));
  while (frontier.size > 0) {
    const next = new Map<string, string>();
    for (const [judged, rows] of await store.feedback.about([...frontier.keys()])) {
      const decision = frontier.get(judged);
      if (decision === undefined) continue;
      const known = found.get(decision) ?? [];
      for (const row of rows) {
        if (known.some(({ id }) => id === row.id)) continue;
        known.push(row);
        next.set(row.id, decision);
      }
      found.set(decision, known);
    }
    frontier = next;
  }
  return found;
}

async function configurationOf(
  { loops, store }: Context,
  name: string,
  version: string,
): Promise<LoopConfiguration | null> {
  const running: RunningLoop | undefined = loops.get(name);
  if (running?.version === version) return running.configuration;
  return (await store.loops.version(name, version))?.configuration ?? null;
}

function byId(a: Decision, b: Decision): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
