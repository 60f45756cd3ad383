import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawChecks } from './frame/checks-figure.ts';
import type { Paper, PresetName } from './frame/paper.ts';
import { ablationLine, isAsItMust, reportOf } from './frame/report.ts';
import { runPaper } from './frame/run-paper.ts';
import type { PaperRun, RunProgress } from './frame/run-paper.ts';
import { parseSeeds, seedsOfCommit } from './frame/seeds.ts';
import { drawFigure } from './frame/svg.ts';
import { findPaper, papers } from './registry.ts';

/** What a command found, for machines and for people. `code` where it is not success. */
export interface CommandResult {
  readonly json: unknown;
  readonly text: string;
  readonly code?: 1 | undefined;
}

export interface RunCommandOptions {
  readonly preset: PresetName;
  /** `1-10`, `3,5`, or `commit`: derived from the id of the last commit here. */
  readonly seeds?: string | undefined;
  readonly ablation?: string | undefined;
  readonly workers?: number | undefined;
  /** Folder for `results.json` and the plots. Default `.heed/papers/NN` here. */
  readonly out?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
  readonly clock: () => number;
}

/** `heed papers list`. */
export function listCommand(): CommandResult {
  const rows = papers.map(({ number, title, claims, ablations }) => ({
    number,
    title,
    claims: claims.length,
    ablations: ablations.length,
  }));
  const text = rows.map(({ number, title, ablations }) => `${number}  ${title} (${ablations} ablations)`).join('\n');
  return { json: { papers: rows }, text };
}

/**
 * `heed papers show NN`.
 * @throws RangeError for a number without a paper.
 */
export function showCommand(number: string): CommandResult {
  const { runSeed: _run, judge: _judge, figures: _figures, ...paper } = findPaper(number);
  const text = [
    `${paper.number} ${paper.title}`,
    paper.source,
    'claims:',
    ...paper.claims.map((claim) => `  ${claim}`),
    'ablations:',
    ...paper.ablations.map(ablationLine),
    `presets: quick with ${paper.presets.quick.seeds} seeds, full with ${paper.presets.full.seeds}`,
  ].join('\n');
  return { json: paper, text };
}

/**
 * `heed papers run NN`: runs, draws, writes `results.json`.
 * @throws RangeError for a number, ablation or seeds that make no sense; the signal's reason once it fires.
 */
export async function runCommand(number: string, options: RunCommandOptions): Promise<CommandResult> {
  const paper = findPaper(number);
  const { preset, ablation, workers, signal, onProgress, clock } = options;
  const commit = git(['rev-parse', 'HEAD']);
  // Before the run: the sources may change while it lasts.
  const changed =
    commit !== null && git(['status', '--porcelain', '--', 'packages/papers', 'packages/heed/src']) !== '';
  const seeds = readSeeds(options.seeds, commit, paper.presets[preset].seeds);
  const used = process.cpuUsage();
  const run = await runPaper(paper, { preset, seeds, ablation, workers, signal, onProgress, clock });
  const { user, system } = process.cpuUsage(used);
  const { result, ablationChecks } = run;
  const folder = options.out ?? join('.heed', 'papers', paper.number);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(drawingsOf(paper, run)))
    writeFileSync(join(folder, `${name}.svg`), content);
  writeFileSync(
    join(folder, 'results.json'),
    `${JSON.stringify({ commit, changed, ...result, processorSeconds: (user + system) / 1e6, ablationChecks }, null, 2)}\n`,
  );
  return {
    json: result,
    text: `${reportOf(paper.title, result, ablation)}\nresults.json and plots are in ${folder}`,
    code: isAsItMust(result, ablation) ? undefined : 1,
  };
}

function drawingsOf(paper: Paper, { result, variants, ablationChecks }: PaperRun): Record<string, string> {
  const [first] = variants;
  if (first === undefined) return {};
  const checked = [
    { name: first.ablation ?? 'method', broken: first.ablation !== null, checks: result.checks },
    ...Object.entries(ablationChecks)
      .filter(([name]) => name !== first.ablation)
      .map(([name, checks]) => ({ name, broken: true, checks })),
  ];
  const title = `${paper.number} ${paper.title}: ${result.preset}, ${result.seeds.length} seeds`;
  const figures = variants.map((variant) => paper.figures(variant));
  const drawn = (figures[0] ?? []).map((figure) => {
    const others = figures.slice(1).flatMap((each, index) => {
      const name = variants[index + 1]?.ablation ?? '';
      const own = figure.ablated === undefined ? figure.curves[0]?.name : figure.ablated[name];
      const found = each.find((other) => other.name === figure.name);
      return (found?.curves ?? [])
        .filter((curve) => curve.name === own)
        .map((curve) => ({ ...curve, name: `${curve.name}: ${name}`, broken: true }));
    });
    return [figure.name, drawFigure({ ...figure, curves: [...figure.curves, ...others] })] as const;
  });
  return { checks: drawChecks(title, checked), ...Object.fromEntries(drawn) };
}

function readSeeds(text: string | undefined, commit: string | null, count: number): number[] | undefined {
  if (text !== 'commit') return text === undefined ? undefined : parseSeeds(text);
  if (commit === null)
    throw new RangeError('cannot run, as seeds of a commit must come from a git repository: here is none');
  return seedsOfCommit(commit, count);
}

function git(parameters: readonly string[]): string | null {
  try {
    return execFileSync('git', parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
