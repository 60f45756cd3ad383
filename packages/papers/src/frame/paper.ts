import type { Figure } from './figure.ts';

export type PresetName = 'quick' | 'full';

/** What one seed of one variant gave: numbers and lists of numbers, so that it can be kept and read back. */
export type Outcome = Readonly<Record<string, number | readonly number[]>>;

/** A claim held against its bar. `full only`: this preset does not decide it. */
export interface Check {
  readonly name: string;
  readonly value: number | null;
  /** 95 %, over seeds. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly bar: string;
  readonly passed: boolean | 'full only';
}

/** What is taken away or broken on purpose: at least one check must then fail. */
export interface Ablation {
  readonly name: string;
  readonly what: string;
}

/** Chance, progress and what is varied, for one seed. */
export interface SeedRun<Settings> {
  readonly settings: Settings;
  readonly seed: number;
  readonly ablation: string | null;
  /** Says how far this seed is, from 0 to 1. */
  readonly pulse: (share: number) => void;
}

/** What judging and drawing see: all seeds of one variant. */
export interface Judged<Settings> {
  readonly outcomes: readonly Outcome[];
  readonly settings: Settings;
  readonly preset: PresetName;
  readonly ablation: string | null;
}

export interface Preset<Settings> {
  readonly settings: Settings;
  /** Seeds run where none are asked for. */
  readonly seeds: number;
  /** Seeds of each ablation, the first of those that are run. Default: all of them. */
  readonly ablationSeeds?: number;
}

/** One paper: what it claims, how that is run, and what must hold. */
export interface Paper<Settings = unknown> {
  /** Two digits, as `10`. */
  readonly number: string;
  readonly slug: string;
  readonly title: string;
  readonly source: string;
  readonly claims: readonly string[];
  readonly presets: Readonly<Record<PresetName, Preset<Settings>>>;
  readonly ablations: readonly Ablation[];
  readonly runSeed: (run: SeedRun<Settings>) => Outcome | Promise<Outcome>;
  readonly judge: (judged: Judged<Settings>) => Check[];
  readonly figures: (judged: Judged<Settings>) => Figure[];
}

/** Keeps a paper's settings typed inside, and hands it out as one of many. */
export function definePaper<Settings>(paper: Paper<Settings>): Paper {
  return paper as unknown as Paper;
}

/** A number of an outcome. */
export function numberOf(outcome: Outcome, name: string): number {
  const value = outcome[name];
  if (typeof value !== 'number')
    throw new TypeError(`cannot judge, as ${name} must be a number of every outcome: it is ${String(value)}`);
  return value;
}

/** A list of an outcome. */
export function listOf(outcome: Outcome, name: string): readonly number[] {
  const value = outcome[name];
  if (typeof value !== 'object')
    throw new TypeError(`cannot judge, as ${name} must be a list of every outcome: it is ${String(value)}`);
  return value;
}
