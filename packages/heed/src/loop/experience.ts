import { decisionOfTarget } from '../spec/index.ts';
import type { Candidate, Decision, Experience, JsonObject, PolicyRequest, Signal } from '../spec/index.ts';
import { normaliseContext, readCandidates } from './candidate-sets.ts';
import { chosenItems } from './decide.ts';
import type { Context } from './context.ts';
import { readPast } from './past.ts';

/** Reads what learners learn from: a signal with the decision it judges and the candidates that were there. */
export interface ExperienceReader {
  withDecisions(signals: readonly Signal[]): Promise<{ readonly signal: Signal; readonly decision: Decision }[]>;
  /** In the order of the signals; those without a reward or without candidates are left out, and those of items not chosen unless asked for. */
  experiences(signals: readonly Signal[], more?: { readonly alternatives?: boolean }): Promise<Experience[]>;
}

/** Candidate sets repeat from decision to decision, so each is unpacked once per reader. */
export function createExperienceReader({ store }: Pick<Context, 'store'>): ExperienceReader {
  const decisions = new Map<string, Decision>();
  const sets = new Map<string, Promise<readonly Candidate[]>>();

  async function withDecisions(signals: readonly Signal[]): Promise<{ signal: Signal; decision: Decision }[]> {
    const ids = signals.map(({ target }) => decisionOfTarget(target)).filter((id) => id !== null && !decisions.has(id));
    for (const [id, decision] of await store.decisions.getMany([...new Set(ids as string[])]))
      decisions.set(id, decision);
    return signals.flatMap((signal) => {
      const id = decisionOfTarget(signal.target);
      const decision = id === null ? undefined : decisions.get(id);
      return decision === undefined ? [] : [{ signal, decision }];
    });
  }

  function candidates(hash: string): Promise<readonly Candidate[]> {
    const known = sets.get(hash) ?? readCandidates(store, hash);
    sets.set(hash, known);
    return known;
  }

  return {
    withDecisions,
    async experiences(signals, { alternatives = false } = {}) {
      const made: Experience[] = [];
      for (const { signal, decision } of await withDecisions(signals)) {
        if (decision.forgotten === true) continue;
        if (signal.value?.kind !== 'reward' || decision.candidates === null) continue;
        const alternative = alternativeIn(signal);
        if (alternative !== null && !alternatives) continue;
        const item =
          alternative ?? (signal.target.type === 'item' ? signal.target.item : chosenItems(decision.action)[0]);
        const reward = signal.value.rewards['reward'];
        if (item === undefined || reward === undefined) continue;
        made.push({
          request: { ...toPolicyRequest(decision, await candidates(decision.candidates.set)), subjectState: null },
          item,
          probability: alternative === null ? probabilityOf(decision) : null,
          reward,
          weight: signal.weight,
          decision: decision.id,
          ...(alternative !== null && { taken: false }),
        });
      }
      return made;
    },
  };
}

/** The item that a signal is about, where it was not chosen. */
function alternativeIn({ target }: Signal): string | null {
  return target.type === 'alternative' && target.action.type === 'choice' ? target.action.item : null;
}

/** What the policy was asked when it made this decision, but for the subject's state. */
export function toPolicyRequest(
  decision: Decision,
  candidates: readonly Candidate[],
): Omit<PolicyRequest, 'subjectState'> {
  const context = decision.context.find((part) => part.type === 'json' && part.name === 'context');
  const past = readPast(decision);
  return {
    subject: decision.subject,
    context: context?.type === 'json' ? normaliseContext(context.value as JsonObject) : {},
    candidates,
    excluded: new Set(decision.candidates?.excluded),
    size: decision.action.type === 'slate' ? decision.action.items.length : 1,
    ...(past !== null && { past }),
  };
}

/** The probability of a choice, over all draws where it was made by one; an item's place in a slate has no single one. */
function probabilityOf({ action, behaviour }: Decision): number | null {
  if (action.type === 'choice' && behaviour.draw !== undefined) return behaviour.draw.marginal?.probability ?? null;
  return action.type === 'choice' && behaviour.kind === 'exact' && behaviour.logProbability !== null
    ? Math.exp(behaviour.logProbability)
    : null;
}
