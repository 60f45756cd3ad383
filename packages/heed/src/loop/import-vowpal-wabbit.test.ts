import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readVowpalWabbit, vowpalFeatures } from './import-vowpal-wabbit.ts';
import type { VowpalNamespace } from './import-vowpal-wabbit.ts';

interface Line {
  readonly shared: boolean;
  readonly label: { readonly cost: number; readonly probability: number } | null;
  readonly namespaces: readonly (readonly [string, readonly number[]])[];
}
/** What Vowpal Wabbit itself reads in each text: namespaces by their first letter, with the values of their features. */
const { cases } = JSON.parse(readFileSync(new URL('fixtures/vowpal-wabbit.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly { readonly text: string; readonly lines: readonly Line[] }[];
};

/** Namespaces with one letter are one to Vowpal Wabbit. */
function values(namespaces: readonly VowpalNamespace[]): [string, number[]][] {
  const byLetter = Map.groupBy(namespaces, ({ name }) => name.slice(0, 1));
  return [...byLetter].map(([letter, group]) => [
    letter,
    group.flatMap(({ features }) => features.map((f) => f.value)),
  ]);
}

test.each(cases)('$text is read as Vowpal Wabbit reads it', ({ text, lines }) => {
  const [example, ...others] = readVowpalWabbit(text);
  expect(others).toEqual([]);
  const shared = lines.filter((line) => line.shared);
  expect(values(example?.shared ?? [])).toEqual(shared.flatMap(({ namespaces }) => namespaces));
  expect(example?.actions.map(({ label, namespaces }) => ({ label, namespaces: values(namespaces) }))).toEqual(
    lines.filter((line) => !line.shared).map(({ label, namespaces }) => ({ label, namespaces })),
  );
});

test('decisions end at blank lines, and each knows its line', () => {
  const examples = readVowpalWabbit('\n0:1:0.5 |a p\n|a q\n\n\nshared |u x\r\n0:0:1 |a p\r\n\r\n');
  expect(examples.map(({ line, actions }) => [line, actions.length])).toEqual([
    [2, 2],
    [6, 1],
  ]);
});

test('tags name actions, and equal features are added', () => {
  const [example] = readVowpalWabbit("0:1:0.5 'red|a p p:2 | z\nblue|a q\n");
  expect(example?.actions.map(({ tag }) => tag)).toEqual(['red', 'blue']);
  expect(vowpalFeatures(example?.actions[0]?.namespaces ?? [])).toEqual({ a: { p: 3 }, default: { z: 1 } });
});

test('what cannot be read is refused with its line', () => {
  expect(() => readVowpalWabbit('0:1:0.5 |a p\nx:1 |a q\n')).toThrow('cannot read line 2');
  expect(() => readVowpalWabbit('0:1:0.5 |a p\n0:1:0.5 |a q\n')).toThrow('another has one too');
  expect(() => readVowpalWabbit('|a p\nshared |u x\n')).toThrow('a shared line must be the first');
});
