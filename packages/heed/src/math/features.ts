import { appendFeatures, clearFeatures, createFeatureList, crossFeatures, pushFeature } from './feature-list.ts';
import type { FeatureList } from './feature-list.ts';
import { createCategoryReader, createFieldsReader, normaliseFeatures } from './feature-namespace.ts';
import type { Fields, NumberRow } from './feature-namespace.ts';
import { hashName } from './hash.ts';

/** Which features there are: namespaces and their products. The shape of a loop's `features`. */
export interface FeatureDefinition {
  readonly namespaces: {
    readonly [name: string]: {
      readonly from: 'context' | 'candidate' | 'item' | 'subject';
      readonly fields?: readonly string[] | undefined;
      readonly normalise: boolean;
    };
  };
  readonly crosses: readonly (readonly string[])[];
  readonly seed: number;
}

/** What is alike for all candidates of a request. */
export interface Situation {
  readonly subject: string | null;
  readonly context: Fields;
}

export interface FeaturedItem {
  readonly item: string;
  readonly features: Fields;
  /** The same features, where they are a row of numbers. */
  readonly numbers?: NumberRow | undefined;
}

/**
 * Features of several candidates in one list. Those in [0, sharedEnd) belong to every candidate;
 * candidate k has in addition those in [starts[k], starts[k + 1]).
 */
export interface FeatureRows {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly sharedEnd: number;
  readonly starts: readonly number[];
}

/** The features of one candidate with their names. */
export interface NamedFeatures {
  readonly hashes: Uint32Array;
  readonly values: Float32Array;
  readonly names: readonly string[];
}

export interface FeatureEncoder {
  /** The rows are good until the next call: they lie in memory that is used again. */
  rows(situation: Situation, candidates: readonly FeaturedItem[]): FeatureRows;
  /** The same features in the same order, with names. Slower; for explanations and tests. */
  named(situation: Situation, candidate: FeaturedItem): NamedFeatures;
}

/** The name of the feature that every example has. */
export const constantName = 'constant';

interface Namespace {
  readonly shared: boolean;
  read(situation: Situation, candidate: FeaturedItem | null, list: FeatureList): void;
}

interface Cross {
  readonly shared: boolean;
  readonly members: readonly number[];
}

/**
 * Makes the encoder that turns requests into hashed features: a constant, the namespaces in the order declared, then
 * their crosses; those that no candidate has a part in come first.
 *
 * @param options.constant without it, the constant is left out. Default true.
 * @throws RangeError for a cross with a namespace that is not declared, or of other than two or three.
 * @example
 * const encoder = createFeatureEncoder({ namespaces: { text: { from: 'candidate', normalise: true } }, crosses: [], seed: 0 });
 * const { names } = encoder.named({ subject: null, context: {} }, { item: 'a', features: { words: { bandit: 1 } } });
 * // ['constant', 'text.words=bandit']
 */
export function createFeatureEncoder(definition: FeatureDefinition, { constant = true } = {}): FeatureEncoder {
  const names = Object.keys(definition.namespaces);
  const namespaces = Object.entries(definition.namespaces).map(([name, options]) =>
    createNamespace(name, options, definition.seed),
  );
  const crosses = definition.crosses.map((members) => createCross(members, names, namespaces));
  const constantHash = hashName(constantName, definition.seed);
  const plain = createWorkspace(namespaces.length, false);
  const withNames = createWorkspace(namespaces.length, true);

  /** Reads the namespaces, then the crosses, that are shared or not. */
  function fill(
    { all, parts, product }: Workspace,
    shared: boolean,
    situation: Situation,
    candidate: FeaturedItem | null,
  ): void {
    namespaces.forEach((namespace, index) => {
      const part = parts[index];
      if (namespace.shared !== shared || part === undefined) return;
      clearFeatures(part);
      namespace.read(situation, candidate, part);
      appendFeatures(all, part);
    });
    for (const cross of crosses) {
      const [first, second, third] = cross.members.map((member) => parts[member]);
      if (cross.shared !== shared || first === undefined || second === undefined) continue;
      if (third === undefined) {
        crossFeatures(all, first, second);
        continue;
      }
      clearFeatures(product);
      crossFeatures(product, first, second);
      crossFeatures(all, product, third);
    }
  }

  function start(workspace: Workspace, situation: Situation): void {
    const { all } = workspace;
    clearFeatures(all);
    if (constant) {
      pushFeature(all, constantHash, 1);
      all.names?.push(constantName);
    }
    fill(workspace, true, situation, null);
  }

  return {
    rows(situation, candidates) {
      start(plain, situation);
      const sharedEnd = plain.all.length;
      const starts = [sharedEnd];
      for (const candidate of candidates) {
        fill(plain, false, situation, candidate);
        starts.push(plain.all.length);
      }
      return { hashes: plain.all.hashes, values: plain.all.values, sharedEnd, starts };
    },
    named(situation, candidate) {
      start(withNames, situation);
      fill(withNames, false, situation, candidate);
      const { hashes, values, length, names: all } = withNames.all;
      return { hashes: hashes.slice(0, length), values: values.slice(0, length), names: [...(all ?? [])] };
    },
  };
}

/** Memory that an encoder uses again from call to call. */
interface Workspace {
  readonly all: FeatureList;
  readonly parts: readonly FeatureList[];
  readonly product: FeatureList;
}

function createWorkspace(namespaces: number, named: boolean): Workspace {
  return {
    all: createFeatureList(named),
    parts: Array.from({ length: namespaces }, () => createFeatureList(named)),
    product: createFeatureList(named),
  };
}

function createNamespace(
  name: string,
  { from, fields, normalise }: FeatureDefinition['namespaces'][string],
  seed: number,
): Namespace {
  const shared = from === 'context' || from === 'subject';
  const reader = createFieldsReader(name, fields, seed);
  const readCategory = createCategoryReader(name, seed);
  return {
    shared,
    read(situation, candidate, list) {
      if (from === 'context') reader.fields(situation.context, list);
      else if (from === 'subject' && situation.subject !== null) readCategory(situation.subject, list);
      else if (from === 'candidate' && candidate?.numbers !== undefined) reader.numbers(candidate.numbers, list);
      else if (from === 'candidate' && candidate !== null) reader.fields(candidate.features, list);
      else if (from === 'item' && candidate !== null) readCategory(candidate.item, list);
      if (normalise) normaliseFeatures(list, 0);
    },
  };
}

function createCross(members: readonly string[], names: readonly string[], namespaces: readonly Namespace[]): Cross {
  if (members.length < 2 || members.length > 3) {
    throw new RangeError(`cannot cross namespaces, as each cross must name two or three: it names ${members.length}`);
  }
  const indices = members.map((member) => {
    const index = names.indexOf(member);
    if (index < 0)
      throw new RangeError(`cannot cross namespaces, as each must be declared (${names.join(', ')}): it is ${member}`);
    return index;
  });
  return { members: indices, shared: indices.every((index) => namespaces[index]?.shared === true) };
}
