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
 * a namespace's number scales its features, features of value 0 are left out, a value that is a text makes a feature of its
 * own (`colour:red`), a colon at a word's end takes the next word for the value, and what touches the first bar is a tag, even where a
 * label was meant. What Vowpal Wabbit only warns of, and reads as another thing than was written, is refused.
 *
 * @throws HeedError `invalid-input` with the line, where a label, a namespace or a value cannot be read, a `shared` line is
 *   not the first of its decision, or two actions have a label.
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
  return (written) => {
    line += 1;
    const text = (line === 1 ? written.replace(/^\uFEFF/, '') : written).replace(/\r$/, '');
    if (text !== '') {
      if (/^[ \t]+$/.test(text))
        throw refuse(line, 'a line must be empty or say something', 'it has spaces, an action without features');
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
  if (head.startsWith('#')) throw refuse(line, 'it must be an action or what is shared', 'there are no comments');
  if (/\S.*\t/.test(head)) throw refuse(line, 'label and tag must be parted by spaces', 'there is a tab');
  const words = head
    .trimStart()
    .split(' ')
    .filter((word) => word !== '');
  const last = words.at(-1);
  const tagged = last !== undefined && (!head.endsWith(' ') || last.startsWith("'"));
  const tag = tagged ? (words.pop() ?? '').replace(/^'/, '') : '';
  if (words[1] !== undefined) throw refuse(line, 'it must have one label', `it has ${words.join(' ')} before the bar`);
  const shared = words[0] === 'shared';
  const label = words[0] === undefined || shared ? null : readLabel(line, words[0]);
  const namespaces = segments.flatMap((segment, at) => readNamespace(line, segment, at === segments.length - 1));
  return { shared, tag: tag === '' ? null : tag, label, namespaces };
}

/** `action:cost:probability`; with features of the actions, what is called the action says nothing, and nothing by itself. */
function readLabel(line: number, word: string): VowpalAction['label'] {
  const [action, cost, probability = '0', ...more] = word.split(':');
  if (cost === undefined && /^\d+$/.test(word)) return null;
  const numbers = [cost, probability].map((part) => (part !== undefined && number.test(part) ? Number(part) : NaN));
  if (action === '' || action === 'shared' || more.length > 0 || !numbers.every(Number.isFinite))
    throw refuse(line, 'a label must be action:cost:probability', `it is ${word}`);
  return { cost: numbers[0] ?? 0, probability: numbers[1] ?? 0 };
}

/** What is read as a number to its end, and what is begun to be read as one. */
const number = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|0x[\da-f]+)$/i;
const numeric = /^[+-]*(?:[\d.]|$)|^[+-]?(?:nan|inf)/i;

function readNamespace(line: number, segment: string, isLast: boolean): VowpalNamespace[] {
  const nameless = segment === '' || /^[ \t]/.test(segment);
  const words = segment.split(/[ \t]+/).filter((word) => word !== '');
  const [name = '', scale, ...more] = nameless ? [' '] : (words.shift() ?? '').split(':');
  if (name === '' || more.length > 0 || (scale !== undefined && !number.test(scale)))
    throw refuse(line, 'a namespace must have a name and may have a number', `it is |${segment.trim()}`);
  const factor = valueOf(line, scale ?? '1');
  if (!isLast && words.at(-1)?.endsWith(':') === true)
    throw refuse(line, 'a value must follow its colon', `a bar follows ${words.at(-1) ?? ''}`);
  const features = joined(words).flatMap((word) => {
    const { name: feature, value } = readFeature(line, word);
    return value * factor === 0 ? [] : [{ name: feature, value: value * factor }];
  });
  return features.length === 0 ? [] : [{ name, features }];
}

/** A feature whose colon ends its word has the next word for its value. */
function joined(words: readonly string[]): string[] {
  const made: string[] = [];
  for (const word of words) {
    const before = made.at(-1) ?? '';
    if (before.indexOf(':') === before.length - 1 && before !== '') made[made.length - 1] = `${before}${word}`;
    else made.push(word);
  }
  return made;
}

function readFeature(line: number, word: string): { readonly name: string; readonly value: number } {
  const colon = word.indexOf(':');
  if (colon === -1) return { name: word, value: 1 };
  const [name, written] = [word.slice(0, colon), word.slice(colon + 1)];
  if (written === '') return { name, value: 1 };
  if (numeric.test(written)) return { name, value: valueOf(line, written) };
  return { name: name === '' ? written : word, value: 1 };
}

/** Values have single precision there: what is smaller is 0. */
function valueOf(line: number, written: string): number {
  const value = number.test(written) ? Number(written) : NaN;
  if (!Number.isFinite(Math.fround(value)))
    throw refuse(line, 'a value must be a number or a text', `it is ${written}`);
  return Math.fround(value) === 0 ? 0 : value;
}

/** Namespaces as JSON: equal features of one namespace are added, as a linear model adds them. */
export function vowpalFeatures(namespaces: readonly VowpalNamespace[]): JsonObject {
  // Names are a stranger's: they must not reach what objects inherit.
  const made = new Map<string, Map<string, number>>();
  for (const { name, features } of namespaces) {
    const key = name === ' ' ? 'default' : name;
    const into = made.get(key) ?? new Map<string, number>();
    made.set(key, into);
    for (const feature of features) into.set(feature.name, (into.get(feature.name) ?? 0) + feature.value);
  }
  return Object.fromEntries([...made].map(([name, features]) => [name, Object.fromEntries(features)]));
}

/** What a line must be and is not. */
export function refuse(line: number, must: string, is: string): HeedError {
  return new HeedError('invalid-input', `cannot read line ${line}, as ${must}: ${is}`);
}
