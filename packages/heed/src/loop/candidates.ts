import { HeedError } from '../spec/index.ts';
import type { Candidate } from '../spec/index.ts';
import { packItemSet } from './item-sets.ts';
import type { SetPlace } from './item-sets.ts';
import type { PackedSet } from './candidate-sets.ts';
import type { Context, RunningLoop } from './context.ts';
import type { CandidateForm } from './heed.ts';

/** A request's candidates, whichever way they came. */
export interface ResolvedCandidates extends PackedSet {
  /** With the features as they were given or put. */
  readonly given: readonly Candidate[];
}

/**
 * Looks up the features of candidates that came as ids alone, checks those that came with theirs, and packs the set.
 * @throws HeedError `invalid-input` for none, for a repeated item, for one that is not registered, for features that do not fit.
 */
export async function resolveCandidates(
  context: Context,
  loop: RunningLoop,
  forms: readonly CandidateForm<unknown>[],
): Promise<ResolvedCandidates> {
  const named = forms.flatMap((form) => (isInline(form) ? [] : [itemOf(form)]));
  if (named.length === 0) {
    const given = forms as readonly Candidate[];
    checkCandidates(loop, given);
    return { given, ...context.packSet(given) };
  }
  const found = await context.items.find(loop, named);
  const given = forms.map((form) =>
    isInline(form) ? form : (found.get(itemOf(form))?.given ?? { item: itemOf(form), features: {} }),
  );
  checkCandidates(loop, given, new Set(named));
  const places = forms.map((form): SetPlace =>
    isInline(form) ? { inline: form } : { version: found.get(itemOf(form))?.version ?? '' },
  );
  const known = new Map([...found].map(([item, { candidate }]) => [item, candidate]));
  return { given, ...context.packItems(packItemSet(places), given, known) };
}

/** @throws HeedError `invalid-input` for none, for a repeated item, and for features that do not fit; those of registered items were checked before. */
function checkCandidates(
  loop: RunningLoop,
  candidates: readonly Candidate[],
  registered: ReadonlySet<string> = new Set(),
): void {
  const { name } = loop.configuration;
  if (candidates.length === 0)
    throw new HeedError(
      'invalid-input',
      `cannot decide in the loop ${name}, as candidates must not be empty: there are none`,
    );
  const seen = new Set<string>();
  for (const { item, features } of candidates) {
    if (seen.has(item))
      throw new HeedError(
        'invalid-input',
        `cannot decide in the loop ${name}, as each candidate's item must be there once: ${item} is there twice`,
      );
    seen.add(item);
    if (!registered.has(item)) loop.validators.candidate(features, item);
  }
}

function isInline(form: CandidateForm<unknown>): form is Candidate {
  return typeof form !== 'string' && form.features !== undefined;
}

function itemOf(form: CandidateForm<unknown>): string {
  return typeof form === 'string' ? form : form.item;
}
