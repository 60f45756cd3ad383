import {
  createFeatureEncoder,
  deviationSum,
  emptyDeviation,
  fromTable,
  shrinkage,
  unpackTable,
} from '../math/index.ts';
import type { Deviation, FeaturedItem } from '../math/index.ts';
import type { ContextualBanditConfiguration, PolicyRequest } from '../spec/index.ts';

type Situated = Pick<PolicyRequest, 'subject' | 'context' | 'subjectState'>;

/** What one subject's state adds to the global scores, on the scale of the rewards. */
export interface SubjectPart {
  /** `κ_n · (r_max − r_min) · z · m` for each candidate, in order. */
  additions(request: Situated, candidates: readonly FeaturedItem[]): Float64Array;
  /** The same sum for one candidate, term by term. */
  terms(request: Situated, candidate: FeaturedItem): { readonly name: string; readonly value: number }[];
}

/** Makes the part that reads subjects' states; `null` where the artifact keeps none. */
export function createSubjectPart({
  subject,
  features,
  rewardRange: [least, largest],
}: ContextualBanditConfiguration): SubjectPart | null {
  if (subject === null) return null;
  const named = new Set(subject.namespaces);
  const namespaces = Object.fromEntries(Object.entries(features.namespaces).filter(([name]) => named.has(name)));
  const encoder = createFeatureEncoder({ namespaces, crosses: [], seed: features.seed }, { constant: false });
  const width = largest - least;
  // States are immutable, and the same bytes come back with every decision for a subject.
  const states = new WeakMap<Uint8Array, Deviation>();

  function deviationOf(bytes: Uint8Array | null): Deviation {
    if (bytes === null) return emptyDeviation();
    const deviation = states.get(bytes) ?? fromTable(unpackTable(bytes));
    states.set(bytes, deviation);
    return deviation;
  }

  return {
    additions(request, candidates) {
      const deviation = deviationOf(request.subjectState);
      const scale = width * shrinkage(deviation.count, subject.shrink);
      const sums = new Float64Array(candidates.length);
      if (scale === 0) return sums;
      const { hashes, values, sharedEnd, starts } = encoder.rows(request, candidates);
      const shared = deviationSum(deviation, hashes, values, 0, sharedEnd);
      return sums.map(
        (_, row) => scale * (shared + deviationSum(deviation, hashes, values, starts[row] ?? 0, starts[row + 1] ?? 0)),
      );
    },
    terms(request, candidate) {
      const deviation = deviationOf(request.subjectState);
      const scale = width * shrinkage(deviation.count, subject.shrink);
      const { hashes, values, names } = encoder.named(request, candidate);
      return names.map((name, index) => ({
        name: `subject: ${name}`,
        value: scale * deviationSum(deviation, hashes, values, index, index + 1),
      }));
    },
  };
}
