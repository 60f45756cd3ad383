import type { Highs, LegacyHighsSolution } from './highs.ts';
import { loadHighs } from './highs.ts';
import { checkModel } from '../../math/index.ts';
import type { LastSwitchModel } from '../../math/index.ts';

/*
 * The relaxation: how often each arm should go through "rest tau rounds, then play phi in a row". With z the blocks per
 * round and G what one pays, G(tau, phi) = p(tau) + p(−1) + … + p(−(phi − 1)):
 *
 *     max Σ z G     Σ (tau + phi) z ≤ 1 for each arm     Σ phi z ≤ 1 over all     z ≥ 0
 *
 * and a block (0, 1) of an arm that never rests, which pays p(−(Phi − 1)) a round. Its value is at least what any policy
 * earns a round in the long run: the frequencies of the blocks of any policy satisfy it.
 *
 * Foussoul, Goyal, Papadigenopoulos, Zeevi 2023, Last switch dependent bandits with monotone payoff functions.
 */

/** Rest tau rounds, then play phi in a row; (0, 1): play without end. */
export interface Block {
  readonly arm: number;
  readonly tau: number;
  readonly phi: number;
  /** G: what all its plays pay. */
  readonly reward: number;
}

/** A block with its frequency, in blocks per round. */
export interface UsedBlock extends Block {
  readonly frequency: number;
}

export interface Relaxation {
  /** Reward per round that no policy exceeds in the long run. */
  readonly value: number;
  /** Blocks that are used at all. */
  readonly blocks: readonly UsedBlock[];
}

export interface RelaxationOptions {
  /** Longest block. Default phiMax; below it there is no block without rest. */
  readonly phiMost?: number;
}

/** Frequencies below are rounding errors of the solver. */
const negligible = 1e-10;

/** Every block of every arm. */
export function blocksOf(model: LastSwitchModel, { phiMost = model.phiMax }: RelaxationOptions = {}): Block[] {
  const { tauMax, phiMax, means } = model;
  return means.flatMap((row, arm) => {
    const blocks: Block[] = [];
    for (let tau = 1; tau <= tauMax; tau += 1) {
      let reward = row[phiMax - 2 + tau] ?? 0;
      for (let phi = 1; phi <= phiMost; phi += 1) {
        blocks.push({ arm, tau, phi, reward });
        reward += row[phiMax - 1 - phi] ?? 0;
      }
    }
    if (phiMost === phiMax && phiMax > 1) blocks.push({ arm, tau: 0, phi: 1, reward: row[0] ?? 0 });
    return blocks;
  });
}

/**
 * Solves the relaxation as a linear program, by HiGHS.
 *
 * @param model means per arm and state, in [0, 1].
 * @throws RangeError for a table of wrong shape; Error where the solver finds no optimum.
 * @example
 * const { value, blocks } = await relax({ tauMax: 2, phiMax: 1, means: [[0.2, 0.8]] });
 */
export async function relax(model: LastSwitchModel, options: RelaxationOptions = {}): Promise<Relaxation> {
  checkModel(model);
  checkLongest(model, options);
  return solveRelaxation(await loadHighs(), model, options);
}

/** @throws RangeError for a longest block outside 1 … phiMax. */
export function checkLongest({ phiMax }: LastSwitchModel, { phiMost = phiMax }: RelaxationOptions): void {
  if (!Number.isInteger(phiMost) || phiMost < 1 || phiMost > phiMax)
    throw new RangeError(`cannot plan, as phiMost must be a whole number from 1 to ${phiMax}: it is ${phiMost}`);
}

function solveRelaxation(highs: Highs, model: LastSwitchModel, options: RelaxationOptions): Relaxation {
  const blocks = blocksOf(model, options);
  const solution = highs.solve(programOf(model, blocks), { output_flag: false });
  if (solution.Status !== 'Optimal')
    throw new Error(`cannot plan, as the relaxation must have an optimum: the solver says ${solution.Status}`);
  return usedOf(
    blocks.map((block, index) => ({ ...block, frequency: primalOf(solution, index) })),
    model.means.length,
  );
}

/** The program in the format of CPLEX. */
function programOf({ means }: LastSwitchModel, blocks: readonly Block[]): string {
  const all = [...blocks.entries()];
  const times = [...means.keys()].map((arm) => {
    const own = all.filter(([, block]) => block.arm === arm);
    return `time${arm}: ${sum(own.map(([index, { tau, phi }]) => [tau + phi, index]))} <= 1`;
  });
  return [
    'Maximize',
    ` reward: ${sum(all.map(([index, { reward }]) => [reward, index]))}`,
    'Subject To',
    ...times.map((row) => ` ${row}`),
    ` plays: ${sum(all.map(([index, { phi }]) => [phi, index]))} <= 1`,
    'End',
  ].join('\n');
}

function sum(terms: readonly (readonly [factor: number, index: number])[]): string {
  return terms.map(([factor, index]) => `+ ${factor} z${index}`).join('\n ');
}

function primalOf({ Columns }: LegacyHighsSolution, index: number): number {
  const column = Columns[`z${index}`];
  return column !== undefined && 'Primal' in column ? column.Primal : 0;
}

/** Drops what is negligible, and scales each arm's time back to 1 where rounding made it more. */
export function usedOf(blocks: readonly UsedBlock[], arms: number): Relaxation {
  const used = blocks.filter(({ frequency }) => frequency >= negligible);
  const times = Array.from({ length: arms }, () => 0);
  for (const { arm, tau, phi, frequency } of used) times[arm] = (times[arm] ?? 0) + (tau + phi) * frequency;
  const scaled = used.map((block) => ({ ...block, frequency: block.frequency / Math.max(1, times[block.arm] ?? 0) }));
  return { value: scaled.reduce((total, { reward, frequency }) => total + reward * frequency, 0), blocks: scaled };
}
