import { intervalMethods } from '../../packages/heed/src/evaluation/index.ts';
import type { IntervalMethod } from '../../packages/heed/src/evaluation/index.ts';
import type { EstimatorTruth } from '../../packages/heed/src/evaluation/testing/truth.ts';

export interface JudgedWorld {
  readonly name: string;
  readonly broken: boolean;
  readonly unbiased: readonly string[];
}

/** A cell: one interval of one estimator in one world. */
interface Cell {
  readonly told: string;
  readonly coverage: number;
  readonly doubted: number;
}

export interface Judge {
  add(world: JudgedWorld, name: string, truth: EstimatorTruth, largestWeight: number): void;
  /** What the demands come to, a line each, and what is not met. */
  summary(): string[];
}

/** Of the intervals by a limit theorem. The others must hold what they promise. */
const least = 0.925;
const most = 0.975;
/** A thousand logs leave a standard error of 0.8 % at the edge: nearer than one point is not told apart from it. */
const border = [0.915, 0.935] as const;

/** Holds what many logs have shown against what an estimate must show. */
export function createJudge(): Judge {
  const met = new Map<string, { met: number; all: number }>();
  const faults: string[] = [];
  const bands = { under: [] as Cell[], border: [] as Cell[], covering: [] as Cell[], wide: [] as Cell[] };

  function demand(kind: string, holds: boolean, told: string): void {
    const counts = met.get(kind) ?? { met: 0, all: 0 };
    counts.all += 1;
    if (holds) counts.met += 1;
    else faults.push(told);
    met.set(kind, counts);
  }

  function judgeInterval(
    world: JudgedWorld,
    name: string,
    method: IntervalMethod,
    { methods }: EstimatorTruth,
    largestWeight: number,
  ): void {
    const { made, coverage, doubted } = methods[method];
    if (made === 0) return;
    const exact = method === 'bernstein' || method === 'sequence';
    const told = `${world.name}: ${name} ${method} covers ${percent(coverage)}, doubted ${percent(doubted)}`;
    if (exact && !world.broken) demand('Bernstein and confidence sequence cover 95 %', coverage >= 0.95, told);
    if (!exact && world.unbiased.includes(name) && largestWeight <= 20.01)
      demand(
        'Student and bootstrap of these cover 92.5 to 97.5 % where the largest weight is at most 20',
        coverage >= least && coverage <= most,
        told,
      );
    if (coverage < (exact ? 0.95 : least))
      demand('what under-covers is doubted in 90 % of the logs', doubted >= 0.9, told);
    else if (!world.broken && (exact || coverage <= most))
      demand('what covers is doubted in at most 5 %', doubted <= 0.05, told);
    if (exact) return;
    const cell = { told, coverage, doubted };
    if (coverage < border[0]) bands.under.push(cell);
    else if (coverage < border[1]) bands.border.push(cell);
    else if (!world.broken) bands[coverage <= most ? 'covering' : 'wide'].push(cell);
  }

  return {
    add(world, name, truth, largestWeight) {
      if (world.unbiased.includes(name))
        demand(
          'unbiased estimates within 3 standard errors',
          Math.abs(truth.biasZ) <= 3,
          `${world.name}: ${name} is off by ${truth.biasZ.toFixed(1)} standard errors`,
        );
      for (const method of intervalMethods) judgeInterval(world, name, method, truth, largestWeight);
    },
    summary() {
      return [
        '| demand | met |',
        '| --- | --- |',
        ...[...met].map(([kind, { met: good, all }]) => `| ${kind} | ${good} of ${all} |`),
        `| plainly under-covering (below ${percent(border[0])} %): doubted in 90 % | ${shareOf(bands.under, ({ doubted }) => doubted >= 0.9)} |`,
        `| at the border (${percent(border[0])} to ${percent(border[1])} %): doubted in 5 % at most, or in 90 % | ${shareOf(bands.border, ({ doubted }) => doubted <= 0.05 || doubted >= 0.9)} |`,
        `| wider than needed (above ${percent(most)} %), of which the demands say nothing: doubted in 5 % at most | ${shareOf(bands.wide, ({ doubted }) => doubted <= 0.05)} |`,
        `| plainly covering (${percent(border[1])} to ${percent(most)} %): doubted in 5 % at most | ${shareOf(bands.covering, ({ doubted }) => doubted <= 0.05)} |`,
        ...(faults.length === 0 ? [] : ['', 'What is not met:', '', ...faults.map((fault) => `- ${fault}`)]),
      ];
    },
  };
}

function shareOf(cells: readonly Cell[], holds: (cell: Cell) => boolean): string {
  return `${cells.filter(holds).length} of ${cells.length}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
