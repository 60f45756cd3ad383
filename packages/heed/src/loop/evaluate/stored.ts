import { targetKey } from '../../spec/index.ts';
import type { Action, Decision, Signal } from '../../spec/index.ts';
import { smallestIdAt } from '../../store/index.ts';
import { createCandidatesReader } from '../candidate-sets.ts';
import type { Context } from '../context.ts';
import { toPolicyRequest } from '../experience.ts';
import type { ServingState } from '../serving-state.ts';
import { createActed } from './acted.ts';
import type { LoggedCase } from './cases.ts';
import { settledRewards } from './settled.ts';

/** Which decisions of a loop are read. */
interface StoredLog {
  readonly loop: string;
  /** ISO times. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The last decision that is read, so that a second reading finds no others; `null`: there is none. */
  readonly upTo: string | null;
}

/** What a page of the log has: decisions to evaluate on, and why the others are none. */
interface StoredPage {
  readonly cases: readonly LoggedCase[];
  readonly leftOut: readonly LeftOut[];
  /** All decisions of the page within the times. */
  readonly decisions: readonly Decision[];
}

export const leftOutReasons = {
  forgotten: 'its subject was forgotten',
  action: 'it is neither a choice nor a slate',
  candidates: 'it has no candidates',
  undrawn: 'it was not drawn, or nobody knows how likely it was',
  estimated: 'the probability of its slate is a Monte-Carlo estimate',
  unshown: 'it was deferred, and not shown so far',
  none: 'nobody has judged it',
  open: 'its reward is still open',
  censored: 'its reward is censored',
} as const;
export type LeftOut = keyof typeof leftOutReasons;

const pageSize = 500;
/** Ids are made when a decision is stored, which is not before it is made, but for clocks that differ. */
const clocksDifferMs = 86_400_000;

/** The decision up to which a loop's log is read now. */
export async function endOfLog({ store }: Pick<Context, 'store'>, loop: string): Promise<string | null> {
  return (await store.decisions.list({ loop, limit: 1 })).items[0]?.id ?? null;
}

/** Reads a loop's decisions, oldest first, with what has come of them; a page is held at a time. */
export async function* readStored(
  context: Pick<Context, 'store'>,
  state: Pick<ServingState, 'stateById' | 'artifact'>,
  { loop, from, to, upTo }: StoredLog,
): AsyncGenerator<StoredPage> {
  const { store } = context;
  const sets = createCandidatesReader(store);
  const actedOf = createActed(state);
  const [first, last] = [
    from === undefined ? -Infinity : Date.parse(from),
    to === undefined ? Infinity : Date.parse(to),
  ];
  let after: string | undefined = from === undefined ? undefined : smallestIdAt(first - clocksDifferMs);
  if (upTo === null) return;
  for (;;) {
    const page = await store.decisions.list({ loop, order: 'oldest', limit: pageSize, after });
    const decisions = page.items.filter(({ id, decidedAt }) => {
      const at = Date.parse(decidedAt);
      return id <= upTo && at >= first && at < last;
    });
    const signals = await store.signals.ofDecisions(decisions.map(({ id }) => id));
    await sets.fetch(
      decisions.flatMap(({ forgotten, candidates }) =>
        forgotten === true || candidates === null ? [] : [candidates.set],
      ),
    );
    const leftOut: LeftOut[] = [];
    const cases: LoggedCase[] = [];
    for (const decision of decisions) {
      const found = await toCase(decision, signals.get(decision.id) ?? []);
      if (typeof found === 'string') leftOut.push(found);
      else cases.push(found);
    }
    yield { cases, leftOut, decisions };
    if (page.next === null || page.next >= upTo) return;
    after = page.next;
  }

  async function toCase(decision: Decision, signals: readonly Signal[]): Promise<LoggedCase | LeftOut> {
    const { id, action, candidates, subject, forgotten } = decision;
    if (forgotten === true) return 'forgotten';
    if (!isAsked(action)) return 'action';
    if (candidates === null) return 'candidates';
    const drawn = drawnBy(decision);
    if (typeof drawn === 'string') return drawn;
    const settled = settledRewards(signals);
    if ('without' in settled)
      return settled.without === 'none' && decision.activation === 'deferred' ? 'unshown' : settled.without;
    const rewards = targetsOf(decision).map((key) => settled.rewards.get(key));
    if (rewards.includes(undefined)) return 'open';
    const statistics = decision.subjectState === null ? null : await state.stateById(decision.subjectState);
    const request = { ...toPolicyRequest(decision, await sets.of(candidates.set)), subjectState: statistics };
    return {
      id,
      unit: subject ?? id,
      subject,
      place: `decision ${id}`,
      request,
      action,
      rewards,
      ...drawn,
      acted: action.type === 'slate' ? await actedOf(decision, request) : null,
    };
  }
}

function isAsked(action: Action): action is LoggedCase['action'] {
  return action.type === 'choice' || action.type === 'slate';
}

/** The keys of a decision's rewards: one, or one for each item of a slate. */
function targetsOf({ id, action }: Decision): string[] {
  if (action.type !== 'slate') return [targetKey({ type: 'decision', decision: id })];
  return action.items.map((item) => targetKey({ type: 'item', decision: id, item }));
}

/** How likely the action was over everything that could have been drawn; of a fixed choice, another's weight says nothing. */
function drawnBy({
  action,
  behaviour: { kind, draw, logProbability },
}: Decision): Pick<LoggedCase, 'probability' | 'probabilityError'> | 'undrawn' | 'estimated' {
  if (draw !== undefined) {
    if (draw.marginal === undefined) return 'undrawn';
    if (action.type === 'slate') return 'estimated';
    return { probability: draw.marginal.probability, probabilityError: draw.marginal.standardError };
  }
  if (kind !== 'exact' || logProbability === null) return 'undrawn';
  return { probability: Math.exp(logProbability), probabilityError: null };
}
