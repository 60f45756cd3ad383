import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openCache } from './cache.ts';
import type { Check, Judged, Outcome, Paper, PresetName } from './paper.ts';
import { runOrders } from './pool.ts';
import type { SeedOrder } from './pool.ts';

export interface RunPaperOptions {
  readonly preset?: PresetName | undefined;
  /** Default: 1 to the preset's number of seeds. */
  readonly seeds?: readonly number[] | undefined;
  /** This ablation alone, instead of the method and all its ablations. */
  readonly ablation?: string | undefined;
  /** Threads. Default: as many as the machine runs at once. */
  readonly workers?: number | undefined;
  /** Where finished seeds of an unfinished run are kept. Default `.cache/papers` here. */
  readonly cacheFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Milliseconds since any start. */
  readonly clock: () => number;
}

export interface RunProgress {
  readonly done: number;
  readonly total: number;
  /** Seeds that an interrupted run had finished. */
  readonly resumed: number;
  /** Of all, from 0 to 1. */
  readonly share: number;
}

export interface PaperResult {
  readonly paper: string;
  readonly preset: PresetName;
  readonly seeds: readonly number[];
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly ablations: readonly { readonly name: string; readonly failed: readonly string[] }[];
  /** Each ablation that was run failed at least one check that the method passes. */
  readonly ablationsFail: boolean;
  readonly seconds: number;
}

/** A result with all that plots need. */
export interface PaperRun {
  readonly result: PaperResult;
  readonly variants: readonly Judged<unknown>[];
  readonly ablationChecks: Readonly<Record<string, readonly Check[]>>;
}

const method = 'method';

function key(variant: string | null, seed: number): string {
  return `${variant ?? method}-${seed}`;
}

/**
 * Runs a paper: the method on each seed, then each of its ablations on the same seeds or the first of them.
 *
 * @throws RangeError for an ablation that the paper does not have; the signal's reason once it fires.
 */
export async function runPaper(paper: Paper, options: RunPaperOptions): Promise<PaperRun> {
  const { preset = 'quick', ablation, clock, workers = availableParallelism() } = options;
  const { settings, seeds: count, ablationSeeds } = paper.presets[preset];
  const seeds = options.seeds ?? Array.from({ length: count }, (_, index) => index + 1);
  const names = paper.ablations.map(({ name }) => name);
  if (ablation !== undefined && !names.includes(ablation))
    throw new RangeError(
      `cannot run paper ${paper.number}, as the ablation must be one of ${names.join(', ')}: it is ${ablation}`,
    );
  const variants = ablation === undefined ? [null, ...names] : [ablation];
  const seedsOf = (variant: string | null): readonly number[] =>
    variant === null || ablation !== undefined ? seeds : seeds.slice(0, ablationSeeds);
  const began = clock();

  const cache = openCache(options.cacheFolder ?? join('.cache', 'papers'), paper.number, settings);
  const found = new Map<string, Outcome>();
  const orders = variants.flatMap((variant) =>
    seedsOf(variant).map((seed): SeedOrder => ({ paper: paper.number, settings, seed, ablation: variant })),
  );
  const missing = orders.filter((order) => {
    const kept = cache.read(order.ablation ?? method, order.seed);
    if (kept !== null) found.set(key(order.ablation, order.seed), kept);
    return kept === null;
  });
  const resumed = found.size;
  const pulses = new Map<string, number>();
  const tell = (): void => {
    const running = [...pulses.values()].reduce((sum, share) => sum + share, 0);
    options.onProgress?.({
      done: found.size,
      total: orders.length,
      resumed,
      share: (found.size + running) / orders.length,
    });
  };
  tell();
  await runOrders(missing, {
    workers,
    signal: options.signal ?? new AbortController().signal,
    onPulse(order, share) {
      pulses.set(key(order.ablation, order.seed), share);
      tell();
    },
    onOutcome(order, outcome) {
      pulses.delete(key(order.ablation, order.seed));
      cache.write(order.ablation ?? method, order.seed, outcome);
      found.set(key(order.ablation, order.seed), outcome);
      tell();
    },
  });

  const judged = variants.map((variant): Judged<unknown> => ({
    outcomes: seedsOf(variant).map((seed) => found.get(key(variant, seed)) ?? {}),
    settings,
    preset,
    ablation: variant,
  }));
  const result = summarise(paper, judged, preset, seeds, (clock() - began) / 1_000);
  cache.clear();
  return result;
}

function summarise(
  paper: Paper,
  judged: readonly Judged<unknown>[],
  preset: PresetName,
  seeds: readonly number[],
  seconds: number,
): PaperRun {
  const checked = judged.map((variant) => ({ variant, checks: paper.judge(variant) }));
  const checks = checked[0]?.checks ?? [];
  const whole = checked[0]?.variant.ablation === null;
  const ablationChecks: Record<string, readonly Check[]> = {};
  for (const { variant, checks: found } of checked)
    if (variant.ablation !== null) ablationChecks[variant.ablation] = found;
  const passing = new Set(checks.filter(({ passed }) => passed === true).map(({ name }) => name));
  const ablations = Object.entries(ablationChecks).map(([name, found]) => ({
    name,
    failed: found.filter((check) => check.passed === false).map((check) => check.name),
  }));
  return {
    result: {
      paper: paper.number,
      preset,
      seeds,
      passed: checks.every(({ passed }) => passed !== false),
      checks,
      ablations,
      ablationsFail: ablations.every(({ failed }) => failed.some((name) => !whole || passing.has(name))),
      seconds,
    },
    variants: judged,
    ablationChecks,
  };
}
