import { decisionOfTarget, targetKey } from '../spec/index.ts';
import type { Activation, Decision, Feedback, LoopConfiguration, Signal, SignalKind } from '../spec/index.ts';
import { derivationName, deriveSignals, signalKinds, signalTargets } from '../signal/index.ts';
import type { Succession } from '../signal/index.ts';
import type { Executor } from '../store/index.ts';
import type { Context, RunningLoop } from './context.ts';

const batchSize = 1_000;
const consumer = 'signals';

/** Kinds that settle when a window closes; the others are final as soon as they are said. */
const kindsWithWindow: readonly SignalKind[] = ['reward', 'transition'];

/** Names how the rewards of a loop are derived, which its learner is trained on; a changed configuration derives anew. */
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
      { kinds: ['decision', 'activation', 'episode', 'feedback'], limit: batchSize },
      async (rows, transaction) => {
        const touched = new Set([
          ...rows.decision.map(({ id }) => id),
          ...rows.activation.map(({ decision }) => decision),
          ...(await store.decisions.lastOf(rows.episode.map(({ episode }) => episode))),
          ...(await before(context, rows.decision)),
        ]);
        for (const id of await decisionsJudged(context, rows.feedback)) touched.add(id);
        written += await deriveFor(context, [...touched], transaction);
      },
    );
    if (!more) break;
  }
  return written + (await deriveDue(context));
}

/** The decisions whose next one is among these: what comes after them is known now. */
async function before({ store }: Context, decisions: readonly Decision[]): Promise<string[]> {
  return [...(await store.decisions.neighbours(stepsOf(decisions))).values()].flatMap(({ previous }) => previous);
}

function stepsOf(decisions: readonly Decision[]): string[] {
  return decisions.filter(({ episode, step }) => episode !== null && step !== null).map(({ id }) => id);
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
    for (const kind of kindsWithWindow) {
      for (;;) {
        const now = new Date(clock()).toISOString();
        const due = await store.signals.due(derivationName(version, kind), now, batchSize);
        if (due.length === 0) break;
        const decisions = [...new Set(due.map(({ target }) => decisionOfTarget(target)).filter((id) => id !== null))];
        const made = await store.transaction((transaction) => deriveFor(context, decisions, transaction));
        written += made;
        if (made === 0) break;
      }
    }
  }
  return written;
}

/** Derives the signals of every kind that these decisions have evidence for. */
async function deriveFor(context: Context, ids: readonly string[], transaction: Executor): Promise<number> {
  const { store } = context;
  // Nothing more is derived of what was decided for somebody forgotten, nor from what they had said.
  const decisions = [...(await store.decisions.getMany(ids)).values()].filter(({ forgotten }) => forgotten !== true);
  if (decisions.length === 0) return 0;
  const known = decisions.map(({ id }) => id);
  const [activations, feedback, successions] = await Promise.all([
    store.activations.ofDecisions(known),
    feedbackAbout(context, known),
    successionsOf(context, decisions),
  ]);
  const evidence: DeriveEvidence = { activations, feedback, successions };
  const made: Signal[] = [];
  for (const [version, group] of Map.groupBy(decisions, (decision) => `${decision.loop}\n${decision.loopVersion}`)) {
    const [loop = '', loopVersion = ''] = version.split('\n');
    const configuration = await configurationOf(context, loop, loopVersion);
    if (configuration === null) continue;
    const sorted = group.toSorted(byId);
    for (const kind of signalKinds) {
      const concerned = sorted.filter((decision) => mayHave(kind, decision, evidence));
      made.push(...(await deriveKind(context, kind, configuration, concerned, evidence, transaction)));
    }
  }
  if (made.length > 0) await store.signals.insert(made, transaction);
  return made.length;
}

interface DeriveEvidence {
  readonly activations: ReadonlyMap<string, Activation>;
  readonly feedback: ReadonlyMap<string, readonly Feedback[]>;
  readonly successions: ReadonlyMap<string, Succession>;
}

/** Leaves out at once what has nothing to say: most decisions have rewards alone. */
function mayHave(kind: SignalKind, { id }: Decision, { feedback, successions }: DeriveEvidence): boolean {
  if (kind === 'reward') return true;
  return kind === 'transition' ? successions.has(id) : (feedback.get(id) ?? []).length > 0;
}

async function deriveKind(
  { store, clock, newId }: Context,
  kind: SignalKind,
  configuration: LoopConfiguration,
  decisions: readonly Decision[],
  { activations, feedback, successions }: DeriveEvidence,
  transaction: Executor,
): Promise<Signal[]> {
  const [first] = decisions;
  if (first === undefined) return [];
  const derivation = derivationName(first.loopVersion, kind);
  const targets = decisions.flatMap((decision) => signalTargets(decision, feedback.get(decision.id) ?? [], kind));
  const latest = await store.signals.latest(derivation, targets.map(targetKey), transaction);
  return decisions.flatMap((decision) =>
    deriveSignals({
      kind,
      configuration,
      derivation,
      decision,
      activation: activations.get(decision.id) ?? null,
      feedback: feedback.get(decision.id) ?? [],
      succession: successions.get(decision.id),
      latest,
      now: clock(),
      newId,
    }),
  );
}

/** What comes after each decision of an episode, as far as it is known: the next step, or that the episode ended. */
async function successionsOf({ store }: Context, decisions: readonly Decision[]): Promise<Map<string, Succession>> {
  const neighbours = [...(await store.decisions.neighbours(stepsOf(decisions)))];
  const last = neighbours.flatMap(([, { next, episode }]) => (next === null ? [episode] : []));
  const episodes = await store.episodes.getMany([...new Set(last)]);
  return new Map(
    neighbours.flatMap(([id, { next, episode }]): [string, Succession][] => {
      const status = episodes.get(episode)?.status ?? 'open';
      if (next === null && status === 'open') return [];
      return [[id, { next, terminal: next === null && status === 'terminated' }]];
    }),
  );
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
  return new Map([...found].map(([decision, rows]) => [decision, rows.filter(({ forgotten }) => forgotten !== true)]));
}

/** Derives these decisions' signals once more, while nobody else derives. */
export function deriveAnew(context: Context, ids: readonly string[]): Promise<number> {
  return context.store.transaction((transaction) => deriveFor(context, ids, transaction), {
    lock: `heed cursor ${consumer}`,
  });
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
