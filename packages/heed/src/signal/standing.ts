import { targetKey } from '../spec/index.ts';
import type { Feedback, FeedbackTarget } from '../spec/index.ts';

/** A piece of feedback as what it is now, after all that was said about it. */
export interface Judgement {
  readonly feedback: Feedback;
  /** Its own name, or that of the feedback which it supersedes. */
  readonly name: string | null;
  /** What it judges: its own targets, or those of the feedback which it supersedes. */
  readonly targets: readonly FeedbackTarget[];
  /** Whether it still counts: neither retracted nor superseded. */
  readonly stands: boolean;
  /** When it, or the first answer that it corrects, was observed (epoch milliseconds): what the window is measured on. */
  readonly firstObserved: number;
  readonly observed: number;
}

/**
 * Works out what stands of a decision's feedback, whatever the order in which the rows came.
 *
 * - A retraction removes the feedback that it names; or, where it names a decision or an item, all that the same
 *   giver had said of it by then (of the same name, where it has one). A retraction that is itself retracted removes nothing.
 * - Feedback that supersedes another takes its place: also its targets and name, where it has none of its own, and its
 *   time, as far as the attribution window goes. When it is retracted, the older one stands again.
 * - Neither is bound to the window: what was wrong stays wrong, however late that is known.
 *
 * @returns one judgement per row that is not itself a retraction, in order of observation, then of id.
 */
export function judgementsOf(rows: readonly Feedback[]): Judgement[] {
  const sorted = [...new Map(rows.map((row) => [row.id, row])).values()].toSorted((a, b) => compare(a.id, b.id));
  const byId = new Map(sorted.map((row) => [row.id, row]));
  const retractions = sorted.filter(isRetraction);
  const successors = namedBy(sorted, 'supersedes');
  const retractors = namedBy(retractions, 'retracts');
  for (const row of sorted) {
    if (isRetraction(row)) continue;
    const more = retractions.filter((retraction) => withdraws(retraction, row));
    if (more.length > 0) retractors.set(row.id, [...(retractors.get(row.id) ?? []), ...more]);
  }

  const known = new Map<string, boolean>();
  /** Not retracted. Rows that retract one another in a circle are settled from the smallest id on. */
  function isValid(row: Feedback): boolean {
    const before = known.get(row.id);
    if (before !== undefined) return before;
    known.set(row.id, false);
    const valid = !(retractors.get(row.id) ?? []).some(stands);
    known.set(row.id, valid);
    return valid;
  }
  function stands(row: Feedback): boolean {
    return isValid(row) && !(successors.get(row.id) ?? []).some(isValid);
  }

  return sorted
    .filter((row) => !isRetraction(row))
    .map((row) => {
      const chain = chainOf(row, byId);
      const targets =
        chain.map(({ targets: own }) => own.filter(({ type }) => type !== 'feedback')).find((own) => own.length > 0) ??
        [];
      return {
        feedback: row,
        name: chain.find(({ name }) => name !== null)?.name ?? null,
        targets,
        stands: stands(row),
        firstObserved: Math.min(...chain.map(({ observedAt }) => Date.parse(observedAt))),
        observed: Date.parse(row.observedAt),
      };
    })
    .toSorted((a, b) => a.observed - b.observed || compare(a.feedback.id, b.feedback.id));
}

/**
 * Leaves of each giver's judgements under one name the newest: saying it twice counts once.
 * The giver is the subject, or the source where no subject is known. Keeps the order.
 */
export function newestPerGiver(judgements: readonly Judgement[]): Judgement[] {
  const newest = new Map<string, Judgement>();
  for (const judgement of judgements)
    newest.set(JSON.stringify([judgement.name, giverOf(judgement.feedback)]), judgement);
  const kept = new Set(newest.values());
  return judgements.filter((judgement) => kept.has(judgement));
}

/** Who said it: the subject or, where none is known, the source. */
export function giverOf({ subject, source }: Feedback): readonly (string | null)[] {
  return subject === null ? ['source', source.type, source.id ?? source.artifact ?? null] : ['subject', subject];
}

function isRetraction({ kind, targets }: Feedback): boolean {
  return (
    kind === 'retraction' || targets.some((target) => target.type === 'feedback' && target.relation === 'retracts')
  );
}

/** The rows that name another row in this relation, by that row's id. */
function namedBy(rows: readonly Feedback[], relation: 'retracts' | 'supersedes'): Map<string, Feedback[]> {
  const named = new Map<string, Feedback[]>();
  for (const row of rows) {
    for (const target of row.targets) {
      if (target.type !== 'feedback' || target.relation !== relation || target.feedback === row.id) continue;
      named.set(target.feedback, [...(named.get(target.feedback) ?? []), row]);
    }
  }
  return named;
}

/** Whether a retraction that names no feedback takes back this row. */
function withdraws(retraction: Feedback, row: Feedback): boolean {
  if (retraction.targets.some(({ type }) => type === 'feedback')) return false;
  if (retraction.name !== null && retraction.name !== row.name) return false;
  if (JSON.stringify(giverOf(retraction)) !== JSON.stringify(giverOf(row)) || retraction.observedAt < row.observedAt)
    return false;
  const taken = new Set(retraction.targets.map(targetKey));
  return row.targets.some((target) => taken.has(targetKey(target)));
}

/** A row, the row that it supersedes, and so on. */
function chainOf(row: Feedback, byId: ReadonlyMap<string, Feedback>): Feedback[] {
  const chain: Feedback[] = [];
  let current: Feedback | undefined = row;
  while (current !== undefined && !chain.includes(current)) {
    chain.push(current);
    current = replacedBy(current, byId);
  }
  return chain;
}

function replacedBy({ targets }: Feedback, byId: ReadonlyMap<string, Feedback>): Feedback | undefined {
  for (const target of targets)
    if (target.type === 'feedback' && target.relation === 'supersedes') return byId.get(target.feedback);
  return undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
