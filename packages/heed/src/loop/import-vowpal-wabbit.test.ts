import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readVowpalWabbit, vowpalFeatures, vowpalReader } from './import-vowpal-wabbit.ts';
import type { VowpalNamespace } from './import-vowpal-wabbit.ts';

interface Line {
  readonly shared: boolean;
  readonly tag: string;
  readonly label: { readonly cost: number; readonly probability: number } | null;
  readonly namespaces: readonly (readonly [
    letter: string,
    features: readonly (readonly [place: number, value: number])[],
  ])[];
}
interface Case {
  readonly text: string;
  /** What each line is read as; left out where it is `refused`. */
  readonly lines?: readonly Line[];
  readonly refused?: string;
}
/**
 * How Vowpal Wabbit itself reads each text, as `benchmarks/peers/vowpal_wabbit_text.py` has asked it: namespaces by their
 * first letter, with the place that each feature's name has and its value.
 */
const { cases } = JSON.parse(readFileSync(new URL('fixtures/vowpal-wabbit.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};
const read = cases.flatMap(({ text, lines }) => (lines === undefined ? [] : [{ text, lines }]));

function letterOf({ name }: VowpalNamespace): string {
  return name.slice(0, 1);
}

/** Namespaces with one letter are one to Vowpal Wabbit. */
function values(namespaces: readonly VowpalNamespace[]): [string, number[]][] {
  return [...Map.groupBy(namespaces, letterOf)].map(([letter, group]) => [
    letter,
    group.flatMap(({ features }) => features.map(({ value }) => value)),
  ]);
}

function valuesThere(namespaces: Line['namespaces']): [string, number[]][] {
  return namespaces.map(([letter, features]) => [letter, features.map(([, value]) => value)]);
}

test('there are enough cases, and some that are refused', () => {
  expect(read.length).toBeGreaterThan(40);
  expect(cases.length - read.length).toBeGreaterThan(4);
});

test.each(read)('$text is read as Vowpal Wabbit reads it', ({ text, lines }) => {
  const [example, ...others] = readVowpalWabbit(text);
  expect(others).toEqual([]);
  const shared = lines.filter((line) => line.shared);
  expect(values(example?.shared ?? [])).toEqual(shared.flatMap(({ namespaces }) => valuesThere(namespaces)));
  expect(
    example?.actions.map(({ label, tag, namespaces }) => ({ label, tag: tag ?? '', namespaces: values(namespaces) })),
  ).toEqual(
    lines
      .filter((line) => !line.shared)
      .map(({ label, tag, namespaces }) => ({ label, tag, namespaces: valuesThere(namespaces) })),
  );
});

test('features are the same ones exactly where Vowpal Wabbit gives them one place', () => {
  const told = read.flatMap(({ text, lines }) => {
    const [example] = readVowpalWabbit(text);
    const [shared, others] = [lines.filter((line) => line.shared), lines.filter((line) => !line.shared)];
    const blocks = [
      ...shared.map(() => example?.shared ?? []),
      ...(example?.actions ?? []).map((each) => each.namespaces),
    ];
    const ours = blocks.flatMap((namespaces) =>
      [...Map.groupBy(namespaces, letterOf).values()]
        .flat()
        .flatMap(({ name, features }) => features.map((feature) => `${name}|${feature.name}`)),
    );
    const theirs = [...shared, ...others].flatMap((line) =>
      line.namespaces.flatMap(([, features]) => features.map(([place]) => place)),
    );
    expect(ours.length).toBe(theirs.length);
    return ours.map((name, at) => ({ name, place: theirs[at] }));
  });
  const names = new Set(told.map(({ name }) => name));
  const places = new Set(told.map(({ place }) => place));
  const pairs = new Set(told.map(({ name, place }) => `${name} ${place}`));
  expect(names.size).toBeGreaterThan(30);
  expect([pairs.size, places.size]).toEqual([names.size, names.size]);
});

test.each(cases.filter(({ refused }) => refused !== undefined))('$text is refused as it is there', ({ text }) => {
  expect(() => readVowpalWabbit(text)).toThrow('cannot read line');
});

test.each([
  ['# a comment\n0:1:0.5 |a p\n', 'there are no comments'],
  ['   \n', 'it has spaces'],
  ['0:1:0.5\t|a p\n', 'there is a tab'],
  ['0:x:0.5 |a p\n', 'it is 0:x:0.5'],
  ['0:1: |a p\n', 'it is 0:1:'],
  ['0:nan:0.5 |a p\n', 'it is 0:nan:0.5'],
  ['shared 0:1:0.5 |u x\n', 'it has shared 0:1:0.5'],
  ['shared:1 |u x\n', 'it is shared:1'],
  ['red |a p\n', 'it is red'],
  ['0:1:0.5 |a:x p\n', 'it is |a:x p'],
  ['0:1:0.5 |a: p\n', 'it is |a: p'],
  ['0:1:0.5 |a:2:3 p\n', 'it is |a:2:3 p'],
  ['0:1:0.5 |:2 p\n', 'it is |:2 p'],
  ['0:1:0.5 |a:1e400 p\n', 'it is 1e400'],
  ['0:1:0.5 |a p:nan\n', 'it is nan'],
  ['0:1:0.5 |a p:-Infinity\n', 'it is -Infinity'],
  ['0:1:0.5 |a p:1e39\n', 'it is 1e39'],
  ['0:1:0.5 |a p:1:2 q\n', 'it is 1:2'],
  ['0:1:0.5 |a p: |b q\n', 'a bar follows p:'],
  ['0:1:0.5 |a day:2026-01-06\n', 'it is 2026-01-06'],
  ['0:1:0.5 |a topic:information\n', 'it is information'],
])('%j, which is read there as another thing than was written, is refused', (text, why) => {
  expect(() => readVowpalWabbit(text)).toThrow(why);
});

test('a name that objects inherit is a name like others', () => {
  const [example] = readVowpalWabbit('0:1:0.5 |__proto__ p:2 __proto__ |constructor name\n');
  const features = vowpalFeatures(example?.actions[0]?.namespaces ?? []);
  expect(JSON.stringify(features)).toBe('{"__proto__":{"p":2,"__proto__":1},"constructor":{"name":1}}');
  expect('p' in {}).toBe(false);
});

test('an end of line of Windows and a mark of the byte order are no part of what is said', () => {
  const take = vowpalReader();
  const examples = ['\uFEFFshared |u x\r', '0:1:0.5 |a p\r', '\r'].flatMap((line) => take(line) ?? []);
  expect(examples.map(({ shared, actions }) => [shared.length, actions.length])).toEqual([[1, 1]]);
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
  expect(() => readVowpalWabbit('0:1:0.5 |a p\nx |a q\n')).toThrow('cannot read line 2');
  expect(() => readVowpalWabbit('0:1:0.5 |a p\n0:1:0.5 |a q\n')).toThrow('another has one too');
  expect(() => readVowpalWabbit('|a p\nshared |u x\n')).toThrow('a shared line must be the first');
});
