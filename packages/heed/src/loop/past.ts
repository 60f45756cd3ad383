import type { Decision, Part, PastDecisions } from '../spec/index.ts';
import type { LoadedArtifact } from './artifacts.ts';
import type { Context, RunningLoop } from './context.ts';

/** Name of the part of a decision's context that holds what came before it. */
const partName = 'past';

/**
 * What the subject's last decisions in this loop chose (without a subject: those of the loop that have none), as far as
 * the loop's learner looks back, or any policy that may decide; `null` where none does. Decisions that are made at the same time do not see one another.
 */
export async function pastOf(
  { store }: Pick<Context, 'store'>,
  { configuration, learner }: RunningLoop,
  subject: string | null,
  artifacts: readonly (LoadedArtifact | null)[],
): Promise<PastDecisions | null> {
  const limit = Math.max(
    learner.past?.(configuration) ?? 0,
    ...artifacts.map((artifact) => artifact?.policy.past ?? 0),
  );
  if (limit === 0) return null;
  const { items: newest } = await store.decisions.list({ loop: configuration.name, subject, limit });
  const items = newest.map(({ action }) => (action.type === 'choice' ? action.item : ''));
  // Each decision knows how many came before it; those that Heed did not make do not.
  const index = newest.findIndex((decision) => readPast(decision) !== null);
  const known = newest[index];
  const round = known === undefined ? items.length : index + 1 + (readPast(known)?.round ?? 0);
  return { round, items };
}

/** What came before a decision, as a part of its record. */
export function pastPart({ round, items }: PastDecisions): Part {
  return { type: 'json', name: partName, value: { round, items: [...items] } };
}

/** What a decision was told of those before it; `null` where that was nothing. */
export function readPast({ context }: Decision): PastDecisions | null {
  const part = context.find((each) => each.type === 'json' && each.name === partName);
  return part?.type === 'json' ? (part.value as unknown as PastDecisions) : null;
}
