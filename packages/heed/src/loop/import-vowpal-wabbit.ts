import { HeedError } from '../spec/index.ts';
import type { JsonObject } from '../spec/index.ts';

/** Features of one namespace, in the order written; a feature that is there twice is twice in the list. */
export interface VowpalNamespace {
  /** `' '` for the nameless one. */
  readonly name: string;
  readonly features: readonly { readonly name: string; readonly value: number }[];
}

export interface VowpalAction {
  readonly tag: string | null;
  readonly namespaces: readonly VowpalNamespace[];
  /** The action that was taken has one. */
  readonly label: { readonly cost: number; readonly probability: number } | null;
}

/** One decision of a `--cb_adf` file: lines up to a blank one. */
export interface VowpalExample {
  /** Line of the file that it begins on, from 1. */
  readonly line: number;
  readonly shared: readonly VowpalNamespace[];
  readonly actions: readonly VowpalAction[];
  /** Its lines as they were written. */
  readonly text: string;
}

/**
 * Reads Vowpal Wabbit's text of decisions with features of the actions (`--cb_adf`), as Vowpal Wabbit reads it:
 * a namespace's number scales its features, features of value 0 and those with nothing after their colon are left out,
 * a value that is no number counts as 1, and what touches the first bar is a tag, even where a label was meant.
 *
 * @throws HeedError `invalid-input` with the line, where a label cannot be read, a `shared` line is not the first of its
 *   decision, or two actions have a label.
 * @example
 * const [example] = readVowpalWabbit('shared |u age:25\n0:-1:0.5 |a red\n|a blue\n');
 */
export function readVowpalWabbit(text: string): VowpalExample[] {
  const read = vowpalReader();
  return [...text.split(/\r?\n/), ''].flatMap((line) => read(line) ?? []);
}

/** Reads a file line by line: each call takes the next one, and gives the decision that ends with it; a last, blank one ends the file. */
export function vowpalReader(): (line: string) => VowpalExample | null {
  let block: { line: number; text: string }[] = [];
  let line = 0;
  return (text) => {
    line += 1;
    if (text.trim() !== '') {
      block.push({ line, text });
      return null;
    }
    const ended = block;
    block = [];
    return ended.length === 0 ? null : toExample(ended);
  };
}

function toExample(block: readonly { readonly line: number; readonly text: string }[]): VowpalExample {
  const lines = block.map(({ line, text }) => ({ line, ...readLine(line, text) }));
  const [first] = lines;
  const misplaced = lines.slice(1).find(({ shared }) => shared);
  if (misplaced !== undefined)
    throw refuse(misplaced.line, 'a shared line must be the first of its decision', 'another is before it');
  const actions = lines.filter(({ shared }) => !shared);
  const labelled = actions.filter(({ label }) => label !== null);
  if (labelled[1] !== undefined)
    throw refuse(labelled[1].line, 'one action of a decision must have a label', 'another has one too');
  return {
    line: first?.line ?? 0,
    shared: first?.shared === true ? first.namespaces : [],
    actions: actions.map(({ tag, namespaces, label }) => ({ tag, namespaces, label })),
    text: block.map(({ text }) => text).join('\n'),
  };
}

function readLine(line: number, text: string): VowpalAction & { readonly shared: boolean } {
  const [head = '', ...segments] = text.split('|');
  const words = head.split(/\s+/).filter((word) => word !== '');
  const last = words.at(-1);
  const tagged = last !== undefined && segments.length > 0 && (!/\s$/.test(head) || last.startsWith("'"));
  const tag = tagged ? (words.pop() ?? '').replace(/^'/, '') : null;
  const shared = words[0] === 'shared';
  const label = words[0] === undefined || shared ? null : readLabel(line, words[0]);
  return { shared, tag, label, namespaces: segments.flatMap(readNamespace) };
}

/** `action:cost:probability`; with features of the actions the first number says nothing. */
function readLabel(line: number, word: string): VowpalAction['label'] {
  const [action, cost, probability = '0', ...more] = word.split(':');
  const numbers = [action, cost, probability].map((part) => (part === undefined || part === '' ? NaN : Number(part)));
  if (more.length > 0 || numbers.some((value) => !Number.isFinite(value)))
    throw refuse(line, 'a label must be action:cost:probability', `it is ${word}`);
  return { cost: numbers[1] ?? 0, probability: numbers[2] ?? 0 };
}

function readNamespace(segment: string): VowpalNamespace[] {
  const nameless = segment === '' || /^\s/.test(segment);
  const words = segment.split(/\s+/).filter((word) => word !== '');
  const [name = ' ', scale] = nameless ? [' '] : (words.shift() ?? ' ').split(':');
  const factor = scale === undefined ? 1 : Number(scale);
  const features = words.flatMap((word) => {
    const colon = word.indexOf(':');
    if (colon === -1) return [{ name: word, value: factor }];
    const written = word.slice(colon + 1);
    const value = Number(written);
    if (written === '' || value === 0) return [];
    return [{ name: word.slice(0, colon), value: (Number.isNaN(value) ? 1 : value) * factor }];
  });
  return features.length === 0 ? [] : [{ name, features }];
}

/** Namespaces as JSON: equal features of one namespace are added, as a linear model adds them. */
export function vowpalFeatures(namespaces: readonly VowpalNamespace[]): JsonObject {
  const made: Record<string, Record<string, number>> = {};
  for (const { name, features } of namespaces) {
    const into = (made[name.trim() === '' ? 'default' : name] ??= {});
    for (const feature of features) into[feature.name] = (into[feature.name] ?? 0) + feature.value;
  }
  return made;
}

/** What a line must be and is not. */
export function refuse(line: number, must: string, is: string): HeedError {
  return new HeedError('invalid-input', `cannot read line ${line}, as ${must}: ${is}`);
}
