import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldActions } from '../../packages/heed/src/evaluation/index.ts';
import type { ActionTable, LoggedRounds } from '../../packages/heed/src/evaluation/index.ts';
import { createRandom, drawIndex } from '../../packages/heed/src/math/index.ts';

/** A log with all actions' probabilities and predictions, as both sides of the benchmark get it. */
export interface BenchmarkLog extends ActionTable {
  readonly rows: number;
  readonly reward: Float64Array;
  readonly probability: Float64Array;
  readonly balanced: Float64Array;
}

/** Draws a log: in a third of the rows the evaluated policy is sure of one action, so that replay has something to match. */
export function makeLog(rows: number, actions: number): BenchmarkLog {
  const random = createRandom('bench ope');
  const column = (width = 1): Float64Array => new Float64Array(rows * width);
  const [targetProbabilities, predictions] = [column(actions), column(actions)];
  const [reward, probability, balanced] = [column(), column(), column()];
  const taken = new Uint32Array(rows);
  const logging = new Float64Array(actions);
  for (let row = 0; row < rows; row += 1) {
    const best = Math.floor(random.uniform() * actions);
    const share = random.uniform() < 1 / 3 ? 1 : 0.7;
    for (let action = 0; action < actions; action += 1) {
      logging[action] = action === best ? 0.25 : 0.75 / (actions - 1);
      targetProbabilities[row * actions + action] = action === best ? share : (1 - share) / (actions - 1);
      predictions[row * actions + action] = (action === best ? 0.5 : 0.3) + 0.1 * random.uniform();
    }
    const action = drawIndex(logging, random.uniform());
    taken[row] = action;
    probability[row] = logging[action] ?? NaN;
    reward[row] = random.uniform() < (action === best ? 0.6 : 0.3) ? 1 : 0;
    balanced[row] =
      (0.9 + 0.2 * random.uniform()) * ((targetProbabilities[row * actions + action] ?? 0) / (logging[action] ?? 1));
  }
  return { rows, actions, targetProbabilities, predictions, taken, reward, probability, balanced };
}

/** Writes the columns as float64, for the peer. */
export function writeLog(folder: string, log: BenchmarkLog): void {
  const write = (name: string, values: Float64Array): void => writeFileSync(join(folder, name), values);
  write('reward', log.reward);
  write('probability', log.probability);
  write('balanced', log.balanced);
  write('action', Float64Array.from(log.taken));
  write('targets', log.targetProbabilities);
  write('predictions', log.predictions ?? new Float64Array(0));
}

/** The rows from … to as a chunk. */
export function chunkOf(log: BenchmarkLog, from: number, to: number): LoggedRounds {
  return {
    count: to - from,
    reward: log.reward.subarray(from, to),
    loggedProbability: log.probability.subarray(from, to),
    ...foldActions(log, from, to),
    subject: null,
    balancedWeight: log.balanced.subarray(from, to),
    action: null,
  };
}
