import type { Job } from '../spec/index.ts';
import type { Context } from './context.ts';
import { deriveAnew } from './derive.ts';
import type { SubjectDeletion, SubjectHoldings } from './heed.ts';
import type { Jobs } from './jobs.ts';
import type { ServingState } from './serving-state.ts';

const defaultLimit = 50;

/**
 * Forgets a subject: its key is destroyed in one transaction, which also writes down the trainings that make up for it.
 * Signals that others' decisions had from the subject's feedback are derived anew without it.
 */
export async function deleteSubject(
  context: Context,
  state: ServingState,
  jobs: Jobs,
  subject: string,
): Promise<SubjectDeletion> {
  const { store, clock, newId, loops } = context;
  const states = await store.subjects.states(subject);
  const id = newId();
  const { result, queued } = await store.transaction(async (transaction) => {
    const forgotten = await store.subjects.forget({ id, subject, at: new Date(clock()).toISOString() }, transaction);
    const affected: Job[] = [];
    for (const loop of loops.keys()) {
      const tainted = new Set(await store.subjects.tainted(loop, transaction));
      if (forgotten.artifacts.some((artifact) => tainted.has(artifact)))
        affected.push(await jobs.draftRetraining(loop, transaction));
    }
    return { result: forgotten, queued: affected };
  });
  for (const { loop } of states) state.forget(loop, subject);
  if (result.judged.length > 0) await deriveAnew(context, result.judged);
  for (const job of queued) await jobs.send(job);
  const { judged: _judged, ...counts } = result;
  return { ...counts, jobs: queued.map((job) => job.id) };
}

/** Everything that is held about a subject: counts, states, and a page of decisions and of feedback, newest first. */
export async function showSubject(
  { store }: Context,
  subject: string,
  { after, limit = defaultLimit }: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<SubjectHoldings> {
  const [decisionsBefore, feedbackBefore] = after === undefined ? [undefined, undefined] : after.split('.');
  const [counts, subjectStates, decisions, feedback] = await Promise.all([
    store.subjects.count(subject),
    store.subjects.states(subject),
    decisionsBefore === '' ? done : store.decisions.list({ subject, limit, before: decisionsBefore }),
    feedbackBefore === '' ? done : store.feedback.list({ subject, limit, before: feedbackBefore }),
  ]);
  const next = `${decisions.next ?? ''}.${feedback.next ?? ''}`;
  return {
    subject,
    counts,
    subjectStates,
    decisions: decisions.items,
    feedback: feedback.items,
    next: next === '.' ? null : next,
  };
}

const done = { items: [], next: null };
